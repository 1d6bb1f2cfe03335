"""What events tell the index of invocations: of most, nothing."""

from __future__ import annotations

import msgspec

from workbench.engine.journal.rows import Row, kind_of
from workbench.model.function_version import LATEST

STOPPED = "sandbox.stopped"
_TELLING = frozenset((b"sandbox.assigned", b"platform.start", b"platform.report", STOPPED.encode()))
"""The types of events that say what is in the index."""


class Figures(msgspec.Struct, rename="camel"):
    """The metrics of REPORT."""

    duration_ms: float
    billed_duration_ms: int
    memory_size: int = msgspec.field(name="memorySizeMB")
    memory_used: int = msgspec.field(name="maxMemoryUsedMB")
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None


class ToldRecord(msgspec.Struct, rename="camel"):
    """The record of one of the four kinds of events."""

    start: str = ""
    sandbox: str = ""
    received_ms: float = 0.0
    version: str = LATEST
    status: str = "success"
    error_type: str = ""
    reason: str = ""
    metrics: Figures | None = None
    deployment: str = ""
    trigger: str = ""
    alias: str = ""


class Told(msgspec.Struct, rename="camel"):
    """One of these events."""

    seq: int
    time_ms: float
    type: str
    record: ToldRecord
    function_name: str = ""
    environment_id: str = ""


OfRequest = tuple[str, Told]
"""The ID of the request, and what an event tells of it."""
_decode = msgspec.json.Decoder(Told).decode


def told_by(row: Row) -> OfRequest | None:
    """Return what a row tells. It may be anything: a file may have come with a clone."""
    if not row[1] or kind_of(row[3]) not in _TELLING:
        return None
    try:
        return row[1], _decode(row[3])
    except msgspec.MsgspecError:
        return None
