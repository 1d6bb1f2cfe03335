"""What a person looks at of a timeline: the spans that a filter takes, ready for every zoom level."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from workbench.state.folding import Floats, union
from workbench.state.levels import Levels, Merged, joined, single
from workbench.state.span_filter import SpanFilter
from workbench.state.span_kinds import SpanKind
from workbench.state.timeline import Hit, Timeline

BLOCK = 4_096
"""Closed spans are worked out for all levels by that many, which takes some milliseconds."""
_BLOCKS_AT_ONCE = 4

Numbers = NDArray[np.int64]
NOTHING: Floats = np.empty(0)


class TimelineView:
    """Follows a timeline whenever `pull` is called. Spans that are open, or closed lately, are looked at one by one."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.filter = SpanFilter()
        self.version = 0
        """Grows whenever what is to be drawn changed."""
        self._levels = Levels()
        self._seen = self._first = 0
        self._loose: Numbers = np.empty(0, dtype=np.int64)
        self._pulled = -1
        self._busy: tuple[Floats, Floats] = (np.empty(0), np.empty(0))

    def set_filter(self, wanted: SpanFilter) -> None:
        """Show other spans."""
        if wanted != self.filter:
            self.filter = wanted
            self._levels = Levels()
            self._seen, self._pulled = 0, -1
            self._loose = np.empty(0, dtype=np.int64)
            self._busy = self._levels.busy()

    def pull(self) -> bool:
        """Take in what the timeline has had since the last time; return whether there is more, to be pulled in the next frame."""
        spans = self.timeline.spans
        if self._pulled == self.timeline.version:
            return False
        self.version += 1
        if self._first != spans.first:
            self._first = spans.first
            self._levels.drop_before(spans.first)
            self._busy = self._levels.busy()
        begin = max(self._seen, spans.first)
        self._seen = min(spans.first + len(spans), begin + _BLOCKS_AT_ONCE * BLOCK)
        loose = np.concatenate([self._loose[self._loose >= spans.first], np.arange(begin, self._seen, dtype=np.int64)])
        self._loose = self._settle(loose)
        is_all = self._seen == spans.first + len(spans)
        if is_all:
            self._pulled = self.timeline.version
        return not is_all

    def _settle(self, numbers: Numbers) -> Numbers:
        """Work out closed spans once there are enough of them; return the others."""
        is_closed = ~np.isnan(self.timeline.spans.end_ms[numbers - self.timeline.spans.first])
        while int(is_closed.sum()) >= BLOCK:
            place = np.flatnonzero(is_closed)[:BLOCK]
            self._add(numbers[place])
            numbers, is_closed = np.delete(numbers, place), np.delete(is_closed, place)
        return numbers

    def _add(self, numbers: Numbers) -> None:
        indices = numbers - self.timeline.spans.first
        taken = self.filter.takes(self.timeline, indices)
        self._levels.add(self.columns(indices[taken], 0.0), numbers[taken])
        self._busy = self._levels.busy()

    def columns(self, indices: Numbers, now_ms: float) -> Merged:
        """Return spans by their indices in the timeline's table; open ones end at `now_ms` (epoch)."""
        spans = self.timeline.spans
        ends = self.timeline.ends_of(indices, now_ms)
        return single(spans.start_ms[indices], ends, spans.kind[indices], spans.row[indices])

    def _loose_spans(self, now_ms: float) -> Merged:
        indices = self._kept(self._loose)
        return self.columns(indices[self.filter.takes(self.timeline, indices)], now_ms)

    def _kept(self, numbers: Numbers) -> Numbers:
        """Return the indices of spans that the timeline has not dropped since the last `pull`."""
        indices = numbers - self.timeline.spans.first
        return indices[indices >= 0]

    def rows(self, now_ms: float) -> set[int]:
        """Return the rows that have anything to show."""
        return self._levels.rows() | set(np.unique(self._loose_spans(now_ms).row).tolist())

    def between(self, first_ms: float, last_ms: float, pixel_ms: float, now_ms: float) -> Merged:
        """Return what can be seen between two times, relative to the origin, where a pixel is that long.

        Open spans end at `now_ms` (epoch).
        """
        loose = self._loose_spans(now_ms)
        seen = (loose.end_ms >= first_ms) & (loose.start_ms <= last_ms)
        return joined([loose.part(seen), *self._levels.between(first_ms, last_ms, pixel_ms)])

    def single_spans(self, first_ms: float, last_ms: float, now_ms: float) -> Numbers:
        """Return the indices in the timeline's table of all spans between two times."""
        loose = self._kept(self._loose)
        seen = (self.timeline.ends_of(loose, now_ms) >= first_ms) & (self.timeline.spans.start_ms[loose] <= last_ms)
        loose = loose[seen]
        loose = loose[self.filter.takes(self.timeline, loose)]
        return np.concatenate([loose, *(self._kept(numbers) for numbers in self._levels.numbers(first_ms, last_ms))])

    def hit(self, rows: Collection[int], at_ms: float, now_ms: float, slack_ms: float) -> Hit | None:
        """Return the span of these rows at a time, else the nearest within `slack_ms`, else None. The filter has to take it."""
        hit = self.timeline.hit(rows, at_ms, now_ms, slack_ms)
        return hit if hit is not None and self.filter.takes(self.timeline, np.array([hit.place]))[0] else None

    def of_rows(self, rows: Collection[int]) -> Numbers:
        """Return the indices of all spans of these rows that the filter takes."""
        index = np.flatnonzero(np.isin(self.timeline.spans.row, list(rows)))
        return index[self.filter.takes(self.timeline, index)]

    def request_of(self, index: int) -> str:
        """Return the request ID of a span, "" if it has none."""
        return self.timeline.spans.request_id(index)

    def less_words(self, index: int) -> str:
        """Return by how much less an invocation took than another one: nothing, where they do not stand beside each other."""
        del index
        return ""

    def stretches(self, now_ms: float) -> tuple[Floats, Floats]:
        """Return the stretches in which anything works, in order; the last one grows until `now_ms` (epoch) while it is open."""
        loose = self._loose_spans(now_ms)
        working = loose.kind < SpanKind.IDLE
        starts, ends = self._busy
        return union(np.concatenate([starts, loose.start_ms[working]]), np.concatenate([ends, loose.end_ms[working]]))


def newest(
    stretches: tuple[Floats, Floats], most: int, own: Floats = NOTHING, quiet_ms: float = 1_000, longest_ms: float = 60_000
) -> tuple[float, float]:
    """Return begin and end of what is worth following: the newest work, and what led to it.

    Work without a pause of `quiet_ms` belongs together and is cut to its last `longest_ms`. Earlier work, up to `most` such
    pieces, is shown beside it, so that warm invocations stand next to the cold start before them, unless it is so long that
    the newest could not be seen. `own`: when work of the newest one's function began; what others did is not shown where it
    would leave little room to that.
    """
    starts, ends = stretches
    if not starts.size:
        return 0.0, 0.0
    pauses = np.flatnonzero(starts[1:] - ends[:-1] > quiet_ms)
    begins = starts[np.concatenate([[0], pauses + 1])][::-1][:most]
    lasted = ends[np.concatenate([pauses, [starts.size - 1]])][::-1][:most] - begins
    is_own = np.searchsorted(own, begins) < np.searchsorted(own, begins + lasted, side="right")
    longest_of_others = _CROWDING * float(lasted[is_own].max()) if is_own.any() else longest_ms
    begin, end = max(float(begins[0]), float(ends[-1]) - longest_ms), float(ends[-1])
    total_ms, is_whole = end - begin, begin == begins[0]
    for earlier, lasted_ms, is_its in zip(begins[1:].tolist(), lasted[1:].tolist(), is_own[1:].tolist(), strict=True):
        is_long = lasted_ms > max(_CRUSHING * total_ms, _SHORT_MS) or total_ms + lasted_ms > longest_ms
        if not is_whole or is_long or (not is_its and lasted_ms > longest_of_others):
            break
        begin, total_ms = earlier, total_ms + lasted_ms
    return begin, end


_CRUSHING, _CROWDING = 10, 2
_SHORT_MS = 20_000
