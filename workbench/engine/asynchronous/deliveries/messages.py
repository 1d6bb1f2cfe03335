"""What is sent at an event's end: the record for a destination, or the dead letter.

Sources: Lambda guide, "Capturing records of Lambda asynchronous invocations" (example record, dead-letter attributes); recorded
messages of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.asynchronous.events import Settled
from workbench.model.events import iso_time
from workbench.model.function_version import LATEST
from workbench.model.inbox import MessageAttribute, MessageKind
from workbench.model.json_text import on_one_line
from workbench.model.lambda_names import Scope
from workbench.model.lineage import traced

_ERROR_BYTES = 1_024
"""The maximum size of a dead letter's ErrorMessage."""
_THROTTLED = 429


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one target. `scope` is the function's; `time_ms` is epoch milliseconds of the queue's clock."""

    target: str
    kind: MessageKind
    body: bytes
    scope: Scope
    function_name: str
    function_arn: str
    request_id: str
    time_ms: int
    attributes: Mapping[str, MessageAttribute] = {}
    trace_header: str = ""


def destination_message(settled: Settled, target: str) -> Message:
    """Return the record of an event for the destination of its successes or failures."""
    return _message(settled, target, "success" if settled.condition == "Success" else "failure", record_of(settled), {})


def dead_letter(settled: Settled, target: str) -> Message:
    """Return the event as it came, with what is known of its failure in attributes."""
    return _message(settled, target, "dead-letter", settled.event.payload or b"{}", _attributes(settled))


def record_of(settled: Settled) -> bytes:
    """Return the invocation record as JSON, with its members in the service's order and without white space.

    What never ran has neither `responseContext` nor `responsePayload`.
    """
    event, last = settled.event, settled.last
    record: dict[str, Any] = {
        "version": "1.0", "timestamp": iso_time(settled.settled_ms),
        "requestContext": {
            "requestId": event.request_id, "functionArn": _qualified_arn(settled), "condition": settled.condition,
            "approximateInvokeCount": settled.attempts},
        "requestPayload": _embedded(event.payload or b"{}"),
    }
    if last is not None and last.executed_version:
        record["responseContext"] = {"statusCode": last.status_code, "executedVersion": last.executed_version}
        if last.function_error:
            record["responseContext"]["functionError"] = last.function_error
        record["responsePayload"] = _embedded(last.payload or b"null")
    return msgspec.json.encode(record)


def _message(
    settled: Settled, target: str, kind: MessageKind, body: bytes, attributes: Mapping[str, MessageAttribute]
) -> Message:
    event = settled.event
    return Message(
        target=target, kind=kind, body=body, scope=event.scope, function_name=event.function_name,
        function_arn=_qualified_arn(settled), request_id=event.request_id, time_ms=settled.settled_ms, attributes=attributes,
        trace_header=traced(event.trace_id, _qualified_arn(settled)) if event.trace_id else "")


def _qualified_arn(settled: Settled) -> str:
    event = settled.event
    return event.scope.function_arn(event.function_name, event.qualifier or LATEST)


def _attributes(settled: Settled) -> dict[str, MessageAttribute]:
    """Return the attributes of a dead letter. Those without a value are left out: Amazon SQS takes no empty ones.

    A function with a reserved concurrency of 0 is not asked; its events have the status with which it answers callers.
    """
    last, code, message = settled.last, 0, ""
    if last is not None:
        code, message = last.status_code, last.error_message
    elif settled.condition == "ZeroReservedConcurrency":
        code = _THROTTLED
    found = {"RequestID": MessageAttribute("String", settled.event.request_id)}
    if code:
        found["ErrorCode"] = MessageAttribute("Number", str(code))
    if message:
        found["ErrorMessage"] = MessageAttribute("String", _cut(message))
    return found


def _cut(text: str) -> str:
    """Return the first 1 KB of a text, without half a character at its end."""
    return text.encode()[:_ERROR_BYTES].decode("utf-8", "ignore")


def _embedded(payload: bytes) -> msgspec.Raw | str:
    """Return a JSON document to be embedded, without white space. What is no JSON is embedded as a string."""
    try:
        return msgspec.Raw(on_one_line(payload))
    except (ValueError, RecursionError):
        return payload.decode("utf-8", "replace")
