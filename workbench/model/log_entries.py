"""Entries of the log, as CloudWatch Logs would have them: one for each line that a function wrote, and one for what Lambda says.

The engine counts and searches entries, and the window shows them: what an event's entry is stands here once. The end of an
invocation (END, REPORT, and what Lambda says of a failure) is one entry of several lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from workbench.model.events import StreamEvent
from workbench.model.failures import CANCELED, CANCELED_ENDINGS
from workbench.model.line_levels import level_of
from workbench.model.platform_lines import closing_lines, platform_lines

PLATFORM = "platform"
"""The level of what Lambda itself writes, unless it reports a failure."""
LINE_TYPES = frozenset({"function", "extension"})


class LogEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One entry. `text` is what was written, its lines separated by line ends or, by Python's runtime client, by CR.

    `level`: one of LEVELS, PLATFORM, or "" for a line that names none. `time_ms` is epoch time, 0 if it is not known.
    """

    seq: int
    time_ms: float = 0.0
    type: str = "function"
    function_name: str = ""
    environment_id: str = ""
    request_id: str = ""
    text: str = ""
    level: str = ""


def platform_level(text: str) -> str:
    """Return the level of what Lambda wrote: "error" for a failure. That a person broke an invocation off is none."""
    if CANCELED in text or text.endswith(CANCELED_ENDINGS):
        return PLATFORM
    failed = text.startswith("RequestId: ") or "\tStatus: " in text or " Task timed out after " in text
    return "error" if failed else PLATFORM


def record_text(record: dict[str, Any] | str) -> str:
    """Return the text of a log record: as written but without its line end, or a JSON record on one line."""
    if isinstance(record, str):
        return record.rstrip("\r\n")
    return msgspec.json.encode(record).decode()


def entry_of(event: StreamEvent, message: str = "") -> LogEntry | None:
    """Return an event's entry; None for one that is not in the log. `message`: Lambda's words on a failure, if it is a report."""
    if event.type in LINE_TYPES:
        text = record_text(event.record)
        return _entry(event, text, level_of(text))
    if not event.type.startswith("platform."):
        return None
    text = "\n".join(filter(None, _lines(event, message)))
    return _entry(event, text, platform_level(text)) if text else None


def entries_of(events: Iterable[StreamEvent]) -> Iterator[LogEntry]:
    """Yield the entries of events in order, reports with Lambda's words on the failure."""
    messages: dict[str, str] = {}
    for event in events:
        if event.type == "sandbox.payload":
            messages[event.request_id] = fatal_message(event)
        entry = entry_of(event, messages.get(event.request_id, ""))
        if entry is not None:
            yield entry


def fatal_message(payload: StreamEvent) -> str:
    """Return what Lambda says of a failure, from the `sandbox.payload` of the answer; "" for any other."""
    record = payload.record
    if not isinstance(record, dict) or record.get("kind") != "result" or not record.get("isFatal"):
        return ""
    try:
        error = msgspec.json.decode(str(record.get("text", "")))
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return ""
    return str(error.get("errorMessage", "")) if isinstance(error, dict) else ""


def _lines(event: StreamEvent, message: str) -> list[str]:
    try:
        return closing_lines(event, message) if event.type == "platform.report" else platform_lines(event)
    except (KeyError, TypeError, ValueError, AttributeError, AssertionError):
        return [record_text(event.record)]  # of a file that came with a clone: what is there is shown as it is


def _entry(event: StreamEvent, text: str, level: str) -> LogEntry:
    return LogEntry(
        seq=event.seq, time_ms=event.time_ms, type=event.type, function_name=event.function_name,
        environment_id=event.environment_id, request_id=event.request_id, text=text, level=level)
