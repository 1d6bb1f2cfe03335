"""What the engine remembers of invocations, and how it is asked for them: one row each, without their events.

Whatever is answered in pages comes with the latest first, and with `next`: the number to give as `before` for the page after it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec

from workbench.model.comparisons import Comparison
from workbench.model.failures import CANCELED, CANCELED_STATUS

START = Literal["", "cold", "warm"]
STARTS = frozenset(get_args(START))
UNFINISHED = "unfinished"
"""Asks for invocations without a report: they run, or their engine ended before they did."""
FAILED = "failed"
"""Asks for all that ended and did not succeed: error, timeout, failure."""
PLAIN = "invoke"
"""Asks for invocations that a plain Invoke sent."""
Place = Literal["log", "event", "result", "any"]
"""Where a text is looked for; `any` is in all three."""
PLACES = frozenset(get_args(Place))
MOST_NAME = 200
"""The maximum length of an invocation's name, in characters."""


class PastInvocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One invocation. `seq` is the number of its first event; what is None is not known (yet). Times are epoch milliseconds.

    `status` is that of platform.report: success, error, timeout or failure, and "" as long as there is none. An invocation whose
    environment could not be started or restored never began: its status is failure, and it has no figures.
    `restore_duration_ms` is given for the first invocation of an environment that was restored from a snapshot (SnapStart).
    `trigger` is what sent it: `event` (the asynchronous queue), `url` (a function URL), `stack` (a custom resource); "" for a
    plain Invoke. `alias` is the one that it named. `deployment` names the code and the configuration that ran, "" if they were
    not noted. `name` is what a person calls it.
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
    trigger: str = ""
    alias: str = ""
    deployment: str = ""
    is_starred: bool = False
    name: str = ""

    @property
    def was_canceled(self) -> bool:
        """Whether a person broke it off. Earlier versions noted that as another failure, or not at all."""
        return self.status == CANCELED_STATUS or self.error_type == CANCELED


class PastInvocationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which invocations are asked for; what is "" or None does not matter. `since_ms` is included, `until_ms` is not.

    The limits of duration, used memory and cost are included. Cost is that of request and duration at the first tier's prices of
    the engine's Region. `request_id` may be the beginning of one. `trigger` is `invoke` for a plain one. `name` is a part of the
    name, in any case.
    """

    function_name: str = ""
    version: str = ""
    status: str = ""
    start: START = ""
    since_ms: int | None = None
    until_ms: int | None = None
    alias: str = ""
    trigger: str = ""
    request_id: str = ""
    least_duration_ms: float | None = None
    most_duration_ms: float | None = None
    least_memory_mb: float | None = None
    most_memory_mb: float | None = None
    least_usd: float | None = None
    most_usd: float | None = None
    error_type: str = ""
    sandbox: str = ""
    is_starred: bool = False
    is_named: bool = False
    name: str = ""


class Mark(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a person says of an invocation; None leaves that as it is."""

    is_starred: bool | None = None
    name: str | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How long history is kept, and how large the journal's file may be; whatever is reached first."""

    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    megabytes: Annotated[int, msgspec.Meta(ge=16, le=4096)] = 1024


class MarkRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which invocations are marked, by the numbers of their first events."""

    seqs: Annotated[list[int], msgspec.Meta(max_length=10_000)]
    mark: Mark


class ForgetRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which invocations are deleted, by the numbers of their first events. `can_undo`: whether that shall be possible."""

    seqs: Annotated[list[int], msgspec.Meta(max_length=10_000)]
    can_undo: bool = False


class Forgotten(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many invocations were deleted, or put back, with the events, results and logs that they had.

    `undo` names what was deleted, for a while, if it can be put back. `is_too_much` says that nothing was deleted, because it is
    too much to be put back.
    """

    invocations: int
    undo: str = ""
    is_too_much: bool = False


class Deployed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an invocation ran: hashes of code and configuration as they were, and what differs now.

    `code_sha256` is CodeSha256 as Lambda tells it, "" if the code was not read in time. `configuration_sha256` is that of the
    settings, in which values of variables that look secret are masked. `now` compares that with what the function is now: `left`
    is the invocation's, `right` the present one. `why_not` says in a sentence why there is nothing to compare, or "".
    """

    code_sha256: str = ""
    configuration_sha256: str = ""
    configuration: dict[str, Any] = {}
    now: Comparison | None = None
    why_not: str = ""


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
