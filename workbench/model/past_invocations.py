"""What the engine remembers of invocations, and how it is asked for them: one row each, without their events.

Whatever is answered in pages comes with the latest first, and with `next`: the number to give as `before` for the page after it.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

START = Literal["", "cold", "warm"]
STARTS = frozenset(get_args(START))
UNFINISHED = "unfinished"
"""Asks for invocations without a report: they run, or their engine ended before they did."""


class PastInvocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One invocation. `seq` is the number of its first event; what is None is not known (yet). Times are epoch milliseconds.

    `status` is that of platform.report: success, error, timeout or failure, and "" as long as there is none.
    `restore_duration_ms` is given for the first invocation of an environment that was restored from a snapshot (SnapStart).
    """

    seq: int
    request_id: str
    environment_id: str
    function_name: str
    version: str
    sandbox: str
    is_cold: bool
    received_ms: float
    ended_ms: float | None = None
    status: str = ""
    error_type: str = ""
    duration_ms: float | None = None
    billed_duration_ms: int | None = None
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    memory_size_mb: int | None = None
    max_memory_used_mb: int | None = None


class PastInvocationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which invocations are asked for; what is "" or None does not matter. `since_ms` is included, `until_ms` is not."""

    function_name: str = ""
    version: str = ""
    status: str = ""
    start: START = ""
    since_ms: int | None = None
    until_ms: int | None = None


class InvocationPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Some invocations. `total`: how many there are in all, if that was asked for."""

    invocations: list[PastInvocation]
    next: int | None = None
    total: int | None = None


class LogLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One line of a function's log; a JSON line as its text. `source`: function or extension."""

    seq: int
    time_ms: float
    text: str
    function_name: str = ""
    request_id: str = ""
    environment_id: str = ""
    source: str = "function"


class LinePage(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Some log lines."""

    lines: list[LogLine]
    next: int | None = None
