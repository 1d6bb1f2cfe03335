"""Events that were in the journal before this engine opened it: the file may have come from anywhere, so each is looked at.

They are data for people to see. What is no event, or has figures that nothing can be drawn with, is left out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.engine.events.rows import Row, elided
from workbench.model.events import StreamEvent

LARGEST_NUMBER = 1e15
"""Milliseconds of 30,000 years, bytes of a petabyte: nothing that an event tells is more."""
_LATEST_MS = 4_102_444_800_000
"""The year 2100."""
_DEEPEST = 20

_decode = msgspec.json.Decoder(list[StreamEvent]).decode


def sound_event(encoded: object) -> StreamEvent | None:
    """The event; None for what is none."""
    events = _events(encoded)
    return events[0] if len(events) == 1 else None


def sound_row(row: Row) -> Row:
    """The row; where it is none that an engine wrote, one that says that something is left out."""
    seq, request_id, environment_id, encoded = row
    events = _events(encoded)
    numbers = [event.seq for event in events]
    if events and numbers == list(range(seq - len(events) + 1, seq + 1)) and isinstance(environment_id, str):
        return row
    return seq, request_id if isinstance(request_id, str) else "", "", elided(seq, seq)


def _events(encoded: object) -> list[StreamEvent]:
    if not isinstance(encoded, bytes):
        return []
    try:
        events = _decode(b"[" + encoded + b"]")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return []
    return events if all(0 <= event.time_ms <= _LATEST_MS and _is_plain(event.record, _DEEPEST) for event in events) else []


def _is_plain(value: Any, depth: int) -> bool:
    if isinstance(value, int | float):
        return abs(value) <= LARGEST_NUMBER
    if isinstance(value, dict):
        return depth > 0 and all(_is_plain(each, depth - 1) for each in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(each, depth - 1) for each in value)
    return True
