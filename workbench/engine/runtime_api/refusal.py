"""The exception for a call that an environment's APIs refuse."""

from __future__ import annotations

import msgspec


class Refusal(Exception):
    """Raised for a call that is not allowed now, or not in this form: HTTP `status`, and Lambda's error document in `body`."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.body = msgspec.json.encode({"errorMessage": message, "errorType": error_type})
