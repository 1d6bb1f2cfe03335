"""Events at their end, for tests."""

from __future__ import annotations

from workbench.engine.asynchronous.events import Attempt, Condition, QueuedEvent, Settled
from workbench.model.lambda_names import Scope

SCOPE = Scope("us-east-1", "123456789012")
REQUEST_ID = "e4b46cbf-b738-4f3a-8880-a18cdf61200e"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
SETTLED_MS = 1_572_977_765_568
FAILED = Attempt(
    status_code=200, executed_version="$LATEST", function_error="Unhandled", error_message="no such order",
    payload=b'{"errorMessage": "no such order", "errorType": "KeyError"}')
SUCCEEDED = Attempt(status_code=200, executed_version="7", payload=b'{"ok": true}')


def settled(
    condition: Condition = "RetriesExhausted", *, last: Attempt | None = FAILED, attempts: int = 3, qualifier: str = "",
    payload: bytes = b'{"order": 1}', function: str = "my-function",
) -> Settled:
    event = QueuedEvent(
        event_id=1, request_id=REQUEST_ID, scope=SCOPE, function_name=function, qualifier=qualifier, payload=payload,
        accepted_ms=SETTLED_MS - 180_000, trace_id=TRACE)
    return Settled(event=event, condition=condition, attempts=attempts, settled_ms=SETTLED_MS, last=last)
