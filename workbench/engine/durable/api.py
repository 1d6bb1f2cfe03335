"""The calls of the Lambda API that a durable function's SDK makes, served by the listener of its environment.

They are served there and not at the engine's own address because a container reaches the listener, and nobody else does: no other
function can touch the execution.
Source: botocore's service model lambda/2015-03-31, CheckpointDurableExecution and GetDurableExecutionState.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from workbench.engine.durable.execution import DurableExecution
from workbench.engine.durable.operations import Document, invalid
from workbench.engine.runtime_api.http_exchange import RuntimeConnection, RuntimeRequest
from workbench.model.failures import ServiceError
from workbench.model.quotas import RESPONSE_LIMIT_BYTES

VARIABLE = "AWS_ENDPOINT_URL_LAMBDA"
"""The variable that leads AWS's SDKs here. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints"."""
_PATH = re.compile(r"/2025-12-01/durable-executions/(.+)/(checkpoint|state)$")
_OF_LAMBDA = re.compile(r"/20\d\d-\d\d-\d\d/(functions|durable-)")
_OTHERS = ("The Lambda API that this durable function was given serves its own execution alone. "
           f"Set {VARIABLE} of a client for other calls.")


class _Update(msgspec.Struct, rename="pascal"):
    id: str
    type: Literal["EXECUTION", "CONTEXT", "STEP", "WAIT", "CALLBACK", "CHAINED_INVOKE"]
    action: Literal["START", "SUCCEED", "FAIL", "RETRY", "CANCEL"]


class _Checkpoint(msgspec.Struct, rename="pascal"):
    checkpoint_token: str
    updates: list[dict[str, Any]] = []
    client_token: str | None = None


def serves(request: RuntimeRequest) -> bool:
    """Whether this is a call of the Lambda API, also one that is not supported here and therefore refused by name."""
    return bool(_OF_LAMBDA.match(request.path))


def handle(execution: DurableExecution | None, request: RuntimeRequest, connection: RuntimeConnection) -> None:
    """Answer a call in the shape of the Lambda API. `execution` is the one that is under way, None if there is none."""
    try:
        connection.respond(200, msgspec.json.encode(_answer(execution, request)))
    except ServiceError as error:
        body = msgspec.json.encode({"Type": error.fault, "message": str(error)})
        connection.respond(error.status, body, f"Content-Type: application/json\r\nx-amzn-ErrorType: {error.code}\r\n")


def _answer(execution: DurableExecution | None, request: RuntimeRequest) -> Document:
    match = _PATH.match(request.path)
    if match is None:
        raise ServiceError("ResourceNotFoundException", 404, _OTHERS)
    if execution is None or unquote(match[1]) != execution.arn:
        raise invalid(f"Execution not found: {unquote(match[1])}")
    if match[2] == "state":
        return execution.state()
    if request.too_large:
        raise invalid(f"The request is larger than {RESPONSE_LIMIT_BYTES:,} bytes.")
    asked = _read(request.body)
    return execution.checkpoint(asked.checkpoint_token, _checked(asked.updates), asked.client_token or "")


def _read(body: bytes) -> _Checkpoint:
    try:
        return msgspec.json.decode(body, type=_Checkpoint)
    except msgspec.MsgspecError as error:
        raise invalid(f"The request is malformed: {error}") from error


def _checked(updates: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    # Only checked, not replaced: the operations keep members that `_Update` does not have.
    try:
        msgspec.convert(updates, list[_Update])
    except msgspec.ValidationError as error:
        raise invalid(f"Invalid operation update: {error}") from error
    return updates
