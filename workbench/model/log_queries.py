"""How the engine is asked for its log: by place, by what entries say, as metrics, as a file.

An entry's place is its number in the log. Numbers have no gaps and never change; the log begins later once its oldest entries
are deleted, and may begin below 0 (a file of an earlier version is counted backward).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.model.log_entries import LogEntry

LogFileForm = Literal["text", "ndjson"]
MOST_AT_ONCE = 1_000
"""How many entries one answer may have."""


class LogFilter(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Which entries are asked for: those that meet all conditions that are not "".

    `text` is found anywhere, ignoring case; with `is_regex` it is a regular expression. `level`: this level or a more serious
    one. `request_id`, `environment_id`: or their beginning. `fields`: of entries that are JSON objects, by path, `order.id`.
    `since` and `until`: only entries of events above and up to these numbers, 0 for any.
    """

    text: str = ""
    is_regex: bool = False
    level: str = ""
    function_name: str = ""
    request_id: str = ""
    environment_id: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    since: int = 0
    until: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it lets every entry through."""
        return self == LogFilter()


class LogExtent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the log begins and ends: entries `first` up to and without `end`, which are those of events up to `seq`.

    `is_whole`: whether older ones are still being counted, so that `first` will be lower.
    """

    first: int
    end: int
    seq: int
    is_whole: bool = True


class LogPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The entries from a place on; fewer than were asked for at the end of the log, or if they are large."""

    entries: list[LogEntry]


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """A value of a metric, from a line in the Embedded Metric Format. `dimensions`: `Service=checkout, Stage=prod`."""

    time_ms: float
    namespace: str
    metric: str
    unit: str
    dimensions: str
    values: tuple[float, ...]


class SearchStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a search has found since the step before: the numbers of events, in order, and the first entries themselves.

    `searched` is the share of the log that was looked through, 1.0 when all was; new entries are then found as they come.
    `looked` is the same as the number of entries out of `whole`: those of the parts that come into question, as far as they are
    counted.
    `samples` instead of both in a search for metrics. `problem`: why it ended.
    """

    found: list[int] = []
    entries: list[LogEntry] = []
    samples: list[Sample] = []
    searched: float = 0.0
    looked: int = 0
    whole: int = 0
    problem: str = ""
