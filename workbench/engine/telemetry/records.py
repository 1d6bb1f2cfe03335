"""Converts stream events to the records that the Telemetry API and the Logs API deliver; None for what an API does not know.

Source: Lambda guide, "Telemetry API event schema reference" and "Lambda Logs API" ("Log messages").
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from workbench.engine.telemetry.subscription import Subscription
from workbench.model.events import Record, iso_time, telemetry_record

_LOGS_PLATFORM = frozenset({
    "platform.start", "platform.end", "platform.report", "platform.runtimeDone", "platform.fault", "platform.extension",
    "platform.logsSubscription", "platform.logsDropped",
})
_LOGS_ONLY = frozenset({"platform.end", "platform.fault", "platform.logsSubscription"})


def category(kind: str) -> str:
    """Return the type that an extension subscribes to: platform, function or extension; "" for events of our own stream."""
    name = kind.partition(".")[0]
    return name if name in ("platform", "function", "extension") else ""


def delivered(subscription: Subscription, kind: str, time_ms: float, record: Record) -> bytes | None:
    """Return one record as JSON, or None if this subscription does not get it."""
    if category(kind) not in subscription.types:
        return None
    if subscription.api == "telemetry":
        if kind in _LOGS_ONLY:
            return None
        shown = telemetry_record(kind, record)
    else:
        if kind.startswith("platform.") and not _is_in_logs_api(subscription, kind):
            return None
        shown = _logs_record(kind, record)
    return msgspec.json.encode({"time": iso_time(time_ms), "type": kind, "record": shown})


def _is_in_logs_api(subscription: Subscription, kind: str) -> bool:
    return kind in _LOGS_PLATFORM and (kind != "platform.runtimeDone" or subscription.schema == "2021-03-18")


def _logs_record(kind: str, record: Record) -> Record:
    fields = _LOGS_FIELDS.get(kind)
    if fields is None or not isinstance(record, dict):
        return record
    return {name: record[name] for name in fields if name in record}


_LOGS_FIELDS: dict[str, tuple[str, ...]] = {
    "platform.start": ("requestId", "version"),
    "platform.report": ("requestId", "metrics"),
    "platform.runtimeDone": ("requestId", "status"),
}

Offer = Callable[[str, float, Record], None]
"""Receives an event for all subscribers: its type, its time in epoch milliseconds, its record."""
