"""What a line of a log is, which decides its color and its chip."""

from __future__ import annotations

from enum import IntEnum

from workbench.model.line_levels import level_of
from workbench.model.log_entries import LogEntry, platform_level


class LineKind(IntEnum):
    """What a line is."""

    FUNCTION = 0
    WARNING = 1
    ERROR = 2
    PLATFORM = 3
    EXTENSION = 4
    DEBUG = 5
    HEAD = 6


def entry_kind(entry: LogEntry) -> LineKind:
    """Return the kind of an entry."""
    kind = _OF_LEVELS.get(entry.level, LineKind.FUNCTION)
    return LineKind.EXTENSION if entry.type == "extension" and kind is LineKind.FUNCTION else kind


def text_kind(text: str) -> LineKind:
    """Return the kind of a line of which only the text is known."""
    level = platform_level(text) if text.startswith(_PLATFORM_HEADS) else level_of(text)
    return _OF_LEVELS.get(level, LineKind.FUNCTION)


def chip_of(entry: LogEntry) -> str:
    """Return the word for an entry: its level, or what Lambda tells with it; OUT for a line that names no level."""
    if entry.type == "function":
        return entry.level.upper() or "OUT"
    return _CHIPS.get(entry.type, "LAMBDA")


_OF_LEVELS = {
    "warn": LineKind.WARNING, "error": LineKind.ERROR, "fatal": LineKind.ERROR, "platform": LineKind.PLATFORM,
    "debug": LineKind.DEBUG, "trace": LineKind.DEBUG}
_CHIPS = {
    "extension": "EXT", "platform.extension": "EXT", "platform.initStart": "INIT", "platform.initReport": "INIT",
    "platform.restoreStart": "RESTORE", "platform.restoreReport": "RESTORE", "platform.start": "START",
    "platform.report": "REPORT", "platform.telemetrySubscription": "EXT", "platform.logsSubscription": "EXT"}
_PLATFORM_HEADS = ("INIT_START", "INIT_REPORT ", "START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "RequestId: ",
                   "XRAY TraceId: ", "EXTENSION\t", "TELEMETRY\t")
