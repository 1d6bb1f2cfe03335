"""A call that an environment's APIs do not accept, with the document that says why."""

from __future__ import annotations

import msgspec


class Refusal(Exception):
    """A call that may not be made now, or not like this: HTTP `status` and Lambda's error document in `body`."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.body = msgspec.json.encode({"errorMessage": message, "errorType": error_type})
