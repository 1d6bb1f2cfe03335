"""Checks events that were in the journal before this engine opened it: the file may have come with a clone, from anywhere.

They are shown to people and nothing else. What is not an event, or has figures that cannot be drawn, is left out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.engine.journal.rows import Row, elided
from workbench.model.events import StreamEvent

LARGEST_NUMBER = 1e15
"""30,000 years in milliseconds, a petabyte in bytes: no figure of an event is larger."""
_LATEST_MS = 4_102_444_800_000
"""The year 2100."""
_DEEPEST = 20
"""How deeply records may be nested; those who read them later do so recursively."""

_decode = msgspec.json.Decoder(list[StreamEvent]).decode


def sound_event(encoded: object) -> StreamEvent | None:
    """Return the event, or None for anything else."""
    events = _events(encoded)
    return events[0] if len(events) == 1 else None


def sound_row(row: Row) -> Row:
    """Return the row, or one that stands for something left out if no engine could have written it."""
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
