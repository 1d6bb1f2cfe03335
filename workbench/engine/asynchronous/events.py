"""An event in the queue, and what became of it, as the parts of asynchronous invocation pass it on."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.model.lambda_names import Scope

Condition = Literal[
    "Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency", "RecursiveInvocationDetected"]
"""Why an event left the queue. The first four are `requestContext.condition` of the service's records; the last is ours."""


class QueuedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An asynchronous invocation that was accepted.

    `event_id` orders events and is never used twice; the request ID stays the same over all attempts. `qualifier` is the one
    of the call, "" for none. `accepted_ms` is in epoch milliseconds of the queue's clock. `tenant_id` is the
    tenant that it is for, "" for none. There is no client context: Lambda passes it on for synchronous invocations only (API
    reference, Invoke).
    """

    event_id: int
    request_id: str
    scope: Scope
    function_name: str
    qualifier: str
    payload: bytes
    accepted_ms: int
    trace_id: str = ""
    tenant_id: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What the function answered last, or, of an event that never ran, what refused it last.

    `status_code` is that of the Invoke API: 200 for errors of the function as well. `function_error` is "" for a success.
    `payload` is the function's response or error document. `error_message` is what a dead letter says: the error's message, ""
    for none. `executed_version` is "" if nothing ran.
    """

    status_code: int
    executed_version: str
    payload: bytes
    function_error: str = ""
    error_message: str = ""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """An event at its end. `attempts` counts those that reached the function; `last` is None if none did."""

    event: QueuedEvent
    condition: Condition
    attempts: int
    settled_ms: int
    last: Attempt | None = None
