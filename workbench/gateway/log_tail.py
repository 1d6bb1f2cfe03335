"""X-Amz-Log-Result: the end of an invocation's log, for callers that asked with X-Amz-Log-Type: Tail."""

from __future__ import annotations

import base64

import msgspec

from workbench.engine.service import Engine
from workbench.model.events import StreamEvent
from workbench.model.quotas import LOG_TAIL_BYTES
from workbench.state.invocation import fold_invocation


async def log_tail(engine: Engine, request_id: str) -> str:
    """Return the last 4 KB from START (INIT_START on a cold start) to REPORT, in base64. Waits for the REPORT line."""
    await engine.reported(request_id)
    events = msgspec.json.decode(await engine.events.invocation(request_id), type=list[StreamEvent])
    text = "".join(line + "\n" for line in fold_invocation(events, request_id).log_lines())
    return base64.b64encode(text.encode()[-LOG_TAIL_BYTES:]).decode()
