"""One durable execution: the envelope that the function gets, the checkpoints it makes, the answer it gives.

Source: Lambda guide, "Durable functions"; Lambda API reference; AWS's durable execution SDKs for Python and JavaScript.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workbench.engine.clock import Clock
from workbench.engine.durable.operations import Document, changed, invalid, later
from workbench.model.function_version import LATEST

REFUSED = "DurableExecution.NotSupported"
INVALID = "DurableExecution.InvalidResponse"
_NOT_SERVED = ("This version of Lambda Workbench runs the first invocation of a durable execution: waits, callbacks, invocations "
               "of other functions, retries and replay are not served yet.")


class Answer(msgspec.Struct, frozen=True):
    """What the caller of a durable function gets. `error_type` is "" for a result."""

    payload: bytes
    error_type: str = ""


class DurableExecution:
    """An execution from its start to the end of its first invocation. Use it on the engine's loop.

    `refused` names the first thing it asked for that is not supported, "" for nothing.
    """

    def __init__(self, function_arn: str, payload: bytes, clock: Clock, name: str = "") -> None:
        """Start an execution. `function_arn` is unqualified; `name` is the caller's, "" to have one generated."""
        self._id = str(uuid.uuid4())
        self.arn = f"{function_arn}:{LATEST}/durable-execution/{name or uuid.uuid4()}/{self._id}"
        self._payload = payload
        self._clock = clock
        self._started_ms = int(self._epoch_ms())
        self._token = _new_token()
        self._operations: dict[str, Document] = {}
        self._latest: tuple[str, Document] = ("", {})
        self._end: Document | None = None
        self.refused = ""

    def envelope(self) -> bytes:
        """Return the event of the first invocation, which contains the caller's payload as text. Times are epoch milliseconds."""
        operation = {**self._execution(), "StartTimestamp": self._started_ms}
        return msgspec.json.encode({
            "DurableExecutionArn": self.arn, "CheckpointToken": self._token,
            "InitialExecutionState": {"Operations": [operation], "NextMarker": ""},
        })

    def state(self) -> Document:
        """Return the answer to GetDurableExecutionState. Times are epoch seconds, unlike those of the envelope."""
        return {"Operations": [{**self._execution(), "StartTimestamp": self._started_ms / 1000}, *self._operations.values()]}

    def checkpoint(self, token: str, updates: Sequence[Mapping[str, Any]], client_token: str = "") -> Document:
        """Answer CheckpointDurableExecution: either all updates are kept or none. Raises ServiceError.

        A call that is repeated with the same client token gets the first answer again: the SDK may have lost it and tried again.
        """
        # Only the latest answer is kept: each call needs the token of the answer before, so no earlier one can be repeated.
        if client_token and client_token == self._latest[0]:
            return self._latest[1]
        if token != self._token or self._end is not None:
            raise invalid("Invalid Checkpoint Token")
        operations = self._changed(updates)  # raises before anything is kept
        self._operations |= operations
        self._token = _new_token()
        answer: Document = {"NewExecutionState": {"Operations": list(operations.values())}}
        if self._end is None:
            answer["CheckpointToken"] = self._token
        self._latest = (client_token, answer)
        return answer

    def answer(self, body: bytes) -> Answer:
        """Return what the function's answer means to the caller of the execution."""
        document = _document(body)
        status = document.get("Status")
        if self.refused:
            return _failed(REFUSED, f"The execution asked for {self.refused}. {_NOT_SERVED}")
        if status == "PENDING":
            return _failed(REFUSED, f"The execution is to go on in another invocation. {_NOT_SERVED}")
        if status == "SUCCEEDED":
            # A checkpoint may have ended the execution with its result; the answer then has none.
            result = (self._end or {}).get("Payload") or document.get("Result")
            return Answer(str(result).encode() if result else b"null")
        if status == "FAILED":
            return _of_error((self._end or {}).get("Error") or document.get("Error") or {})
        return _failed(INVALID, "A durable function answers with a Status (SUCCEEDED, FAILED, PENDING), which the handlers of "
                                "AWS's durable execution SDKs do: wrap this one.")

    def _execution(self) -> Document:
        details = {"InputPayload": self._payload.decode("utf-8", "replace")}
        return {"Id": self._id, "Type": "EXECUTION", "Status": "STARTED", "ExecutionDetails": details}

    def _changed(self, updates: Sequence[Mapping[str, Any]]) -> dict[str, Document]:
        operations: dict[str, Document] = {}
        for update in updates:
            self._refuse_later(update)
            if update["Type"] == "EXECUTION":
                self._end = dict(update)
                continue
            identifier = update["Id"]
            before = operations.get(identifier) or self._operations.get(identifier)
            operations[identifier] = changed(before, update, self._epoch_ms() / 1000)
        return operations

    def _refuse_later(self, update: Mapping[str, Any]) -> None:
        """Refuse what needs another invocation. The first refusal is the one reported, as it may cause others."""
        asked = later(update)
        if asked:
            self.refused = self.refused or asked
            raise invalid(f"{asked[0].upper()}{asked[1:]} is not served here.", _NOT_SERVED)

    def _epoch_ms(self) -> float:
        return self._clock.epoch_ms(self._clock.now_ns())


def _new_token() -> str:
    return base64.b64encode(secrets.token_bytes(48)).decode()


def _document(body: bytes) -> Document:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _of_error(error: Mapping[str, Any]) -> Answer:
    names = {"ErrorMessage": "errorMessage", "ErrorType": "errorType", "ErrorData": "errorData", "StackTrace": "stackTrace"}
    document = {ours: error[theirs] for theirs, ours in names.items() if error.get(theirs) is not None}
    return Answer(msgspec.json.encode(document), str(document.get("errorType") or "Error"))


def _failed(error_type: str, message: str) -> Answer:
    return Answer(msgspec.json.encode({"errorType": error_type, "errorMessage": message}), error_type)
