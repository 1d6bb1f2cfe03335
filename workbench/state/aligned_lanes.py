"""The rows of invocations that are aligned at their start, with the rests of their environments between them."""

from __future__ import annotations

import math

from workbench.model.function_version import LATEST
from workbench.state.aligned_view import AlignedView
from workbench.state.lanes import Lane
from workbench.state.starts import NONE, Begin

_WORDS = {Begin.WARM: "warm", Begin.COLD: "cold", Begin.RESTORED: "restored", Begin.AGAIN: "init again"}
SHORTEST_REST_MS = 1_000.0
"""A shorter rest is none to a person, and has no line: under load there would be more of them than rows."""
WITHOUT_INIT = frozenset({"warm"})
"""How invocations begin that wait for no INIT."""
_MOST_KEPT = 5_000


class AlignedLanes:
    """A lane for each invocation, and one without rows where the environment of two neighbors rested between them.

    Lanes of invocations that are over stay as they are, so that one more costs little however many there are.
    """

    def __init__(self, view: AlignedView) -> None:
        self._view = view
        self._version = -1
        self._kept: dict[tuple[int, int], tuple[Lane, ...]] = {}

    def arranged(self, rows: list[int]) -> list[Lane]:
        """Return the lanes of these rows of the view."""
        version = self._view.timeline.rows.version
        if version != self._version or len(self._kept) > _MOST_KEPT:
            self._version, self._kept = version, {}
        found: list[Lane] = []
        for pair in zip((NONE, *rows), rows, strict=False):
            found.extend(self._kept.get(pair) or self._new(*pair))
        return found

    def _new(self, above: int, number: int) -> tuple[Lane, ...]:
        starts = self._view.starts
        begin, end_ms = starts.begin_of(number), starts.end_ms(number)
        row, above_row = starts.row_of(number), starts.row_of(above) if above != NONE else NONE
        lane = self._lane(number, row, _WORDS.get(begin) or self._word_ahead(row, end_ms))
        rest: tuple[Lane, ...] = ()
        if above != NONE:
            idle_ms = starts.start_ms(number) - starts.end_ms(above)  # NaN where it did not rest
            rest = (Lane("", "", idle_ms=idle_ms),) if row == above_row and idle_ms >= SHORTEST_REST_MS else ()
            lane = lane._replace(repeats=lane.title == self._title(above_row))
        found = (*rest, lane)
        if begin is not Begin.AHEAD and not math.isnan(end_ms):
            self._kept[above, number] = found
        return found

    def _lane(self, number: int, row: int, start: str) -> Lane:
        environment_id = self._view.timeline.rows[row].environment_id
        return Lane(self._title(row), environment_id[:4], (number,), environment_id, self._view.timeline.rows.is_live(row),
                    start=start)

    def _title(self, row: int) -> str:
        known = self._view.timeline.rows[row]
        return f"{known.function_name}:{known.version}" if known.version not in ("", LATEST) else known.function_name

    def _word_ahead(self, row: int, end_ms: float) -> str:
        return "starting" if math.isnan(end_ms) and self._view.timeline.rows.is_live(row) else "ahead"
