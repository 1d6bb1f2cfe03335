"""A timeline whose invocations are aligned at their start: a row for each of them, and milliseconds from its first span on."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from workbench.state.levels import Merged
from workbench.state.span_filter import SpanFilter
from workbench.state.spans import NO_REQUEST
from workbench.state.starts import NONE, Starts
from workbench.state.timeline import Hit
from workbench.state.timeline_view import Numbers, TimelineView

MOST_ROWS = 500
"""So many of the newest invocations have rows; those before them are in the other arrangements, and in History."""
MOST_COLD_STARTS = 20
"""An invocation that takes more than that many cold starts runs out of what is followed, so that these can still be read."""
NO_ROWS = (0, NONE)
"""The first and the last of no rows."""
_NICE = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class AlignedView:
    """Maps spans to rows, which are the numbers of `starts`, and their times to what has passed since that row's first span.

    It has what a `TimelineView` has for those who draw. The filter is that of `clock`: it says which rows there are, and a row
    is always whole. Only spans of the rows that `look_at` names are looked for.
    """

    def __init__(self, clock: TimelineView) -> None:
        self.clock = clock
        self.timeline = clock.timeline
        self.starts = Starts(clock.timeline)
        self._seen = NO_ROWS

    def pull(self) -> bool:
        """Take in what the timeline has had since the last time; return whether there is more, for the next frame."""
        return self.starts.pull()

    def look_at(self, first: int, last: int) -> None:
        """Say which rows can be seen."""
        self._seen = (first, last)

    def rows(self, now_ms: float) -> list[int]:
        """Return the numbers of the rows that the filter takes, oldest first, at most `MOST_ROWS`."""
        wanted = self.clock.filter
        taken = self.clock.single_spans(-np.inf, np.inf, now_ms) if wanted != SpanFilter() else None
        return self.starts.held(self.starts.newest(MOST_ROWS, taken))

    def columns(self, indices: Numbers, now_ms: float) -> Merged:
        """Return spans with their rows, in milliseconds since these began."""
        found = self.clock.columns(indices, now_ms)
        rows = self.starts.of(indices)
        zero_ms = self.starts.zero_ms(rows)
        return found._replace(start_ms=found.start_ms - zero_ms, end_ms=found.end_ms - zero_ms, row=rows)

    def single_spans(self, first_ms: float, last_ms: float, now_ms: float) -> Numbers:
        """Return the indices in the timeline's table of the work between two times that can be seen."""
        indices = self.starts.spans_of(*self._seen)
        found = self.columns(indices, now_ms)
        return indices[(found.end_ms >= first_ms) & (found.start_ms <= last_ms)]

    def between(self, first_ms: float, last_ms: float, pixel_ms: float, now_ms: float) -> Merged:
        """Return the same as spans; there are never so many of them that they had to be merged."""
        del pixel_ms
        return self.columns(self.single_spans(first_ms, last_ms, now_ms), now_ms)

    def hit(self, rows: Collection[int], at_ms: float, now_ms: float, slack_ms: float) -> Hit | None:
        """Return the span of a row at a time, else the nearest within `slack_ms`, else None."""
        number = max(rows)
        if self.starts.place(number) < 0:
            return None
        hit = self.timeline.hit((self.starts.row_of(number),), self.starts.start_ms(number) + at_ms, now_ms, slack_ms)
        is_its = hit is not None and not hit.kind.is_rest and int(self.starts.of(np.array([hit.place]))[0]) == number
        return hit if is_its else None

    def of_rows(self, rows: Collection[int]) -> Numbers:
        """Return the indices of all work between the first and the last of these rows."""
        return self.starts.spans_of(min(rows), max(rows))

    def request_of(self, index: int) -> str:
        """Return the request ID of the invocation that a span belongs to, also of what it waited for."""
        number = int(self.starts.of(np.array([index]))[0])
        return self.starts.request_of(number) if number != NONE else NO_REQUEST

    def less_words(self, index: int) -> str:
        """Return by how much less a warm invocation took than the last cold start of its function: "19x less", "" if not."""
        starts, number = self.starts, int(self.starts.of(np.array([index]))[0])
        if number == NONE or not starts.is_warm(number):
            return ""
        cold = starts.cold_before(number, starts.function_of(number))
        share = starts.lasted_ms(cold) / max(starts.lasted_ms(number), 0.01) if cold != NONE else 0.0
        if share < 1.1:  # also where it is not over yet
            return ""
        return f"{share:,.0f}x less" if share >= 10 else f"{share:.1f}x less"

    def longest_ms(self, rows: list[int], now_ms: float) -> float:
        """Return how long the longest of these rows is."""
        if not rows:
            return 0.0
        indices = self.starts.spans_of(rows[0], rows[-1])
        found = self.columns(indices, now_ms)
        return float(found.end_ms[np.isin(found.row, rows)].max(initial=0.0))

    def happened_ms(self, rows: list[int], now_ms: float) -> tuple[float, float]:
        """Return from when to when rows worked, in milliseconds since the timeline's origin."""
        indices = self.starts.spans_of(*((rows[0], rows[-1]) if rows else NO_ROWS))
        if not indices.size:
            return 0.0, 0.0
        found = self.clock.columns(indices, now_ms)
        return float(found.start_ms.min()), float(found.end_ms.max())

    def followed_ms(self, rows: list[int], now_ms: float) -> float:
        """Return up to where rows are worth following: as far as the longest of them and the cold start before it, in round
        figures, so that the scale does not change with each invocation.
        """
        longest_ms = self.longest_ms(rows, now_ms)
        cold_ms = max((self.starts.lasted_ms(each) for each in self._cold_starts(rows)), default=0.0)
        return _nice(max(min(longest_ms, MOST_COLD_STARTS * cold_ms) if cold_ms else longest_ms, cold_ms))

    def _cold_starts(self, rows: list[int]) -> set[int]:
        """Return the last cold start of each function that these rows are of."""
        newest = {self.starts.function_of(row): row for row in rows}
        found = (self.starts.cold_before(row + 1, name) for name, row in newest.items())
        return {each for each in found if each != NONE}


def _nice(duration_ms: float) -> float:
    power = 10.0 ** np.floor(np.log10(max(duration_ms, 1e-3)))
    return float(next(each * power for each in _NICE if each * power >= duration_ms * (1 - 1e-9)))

