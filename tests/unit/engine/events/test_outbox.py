from __future__ import annotations

import msgspec

from workbench.engine.events.outbox import MAX_LINES_PER_FRAME, Outbox
from workbench.model.events import StreamEvent


def _event(seq: int, kind: str) -> bytes:
    return msgspec.json.encode(StreamEvent(seq=seq, time_ms=0, type=kind))


async def test_lines_above_the_limit_are_elided_and_lifecycle_events_never() -> None:
    outbox = Outbox()
    total = MAX_LINES_PER_FRAME + 1000
    for seq in range(1, total + 1):
        outbox.put(seq, True, _event(seq, "function"))
        if seq % 500 == 0:
            outbox.put(10_000 + seq, False, _event(10_000 + seq, "platform.start"))
    events = msgspec.json.decode((await outbox.frame())[1], type=list[StreamEvent])
    elided = [event.fields() for event in events if event.type == "sandbox.elided"]
    assert sum(event.type == "platform.start" for event in events) == total // 500
    assert sum(event.type == "function" for event in events) == MAX_LINES_PER_FRAME
    assert sum(record["count"] for record in elided) == 1000
    assert (elided[0]["first"], elided[-1]["last"]) == (MAX_LINES_PER_FRAME + 1, total)


async def test_a_frame_below_the_limit_is_whole() -> None:
    outbox = Outbox()
    for seq in range(1, 11):
        outbox.put(seq, True, _event(seq, "function"))
    events = msgspec.json.decode((await outbox.frame())[1], type=list[StreamEvent])
    assert [event.seq for event in events] == list(range(1, 11))
