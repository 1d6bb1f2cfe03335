"""The rows of invocations that are aligned at their start, with the rests of their environments between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workbench.model.function_version import LATEST
from workbench.state.aligned_view import AlignedView
from workbench.state.lanes import Lane
from workbench.state.starts import Begin

_WORDS = {Begin.WARM: "warm", Begin.COLD: "cold", Begin.RESTORED: "restored", Begin.AGAIN: "init again"}

SHORTEST_REST_MS = 1_000.0
"""A shorter rest is none to a person, and has no line: under load there would be more of them than rows."""
WITHOUT_INIT = frozenset({"warm"})
"""How invocations begin that wait for no INIT."""


class _Line(NamedTuple):
    """A line of the table of starts."""

    number: int
    start_ms: float
    end_ms: float
    begin: Begin
    row: int


def aligned_lanes(view: AlignedView, rows: list[int]) -> list[Lane]:
    """Return a lane for each of these rows, and one without rows where the environment of two neighbors rested between them."""
    found: list[Lane] = []
    above: _Line | None = None
    for line in _lines(view, rows):
        if above is not None and above.row == line.row:
            idle_ms = line.start_ms - above.end_ms  # NaN where it did not rest
            if idle_ms >= SHORTEST_REST_MS:
                found.append(Lane("", "", idle_ms=idle_ms))
        title = _title(view, line)
        found.append(_lane(view, line, title, repeats=above is not None and title == _title(view, above)))
        above = line
    return found


def _lines(view: AlignedView, rows: list[int]) -> Iterator[_Line]:
    table, places = view.starts.table, [view.starts.place(row) for row in rows]
    columns: Iterable[tuple[float, float, int, int]] = zip(*(
        column[places].tolist() for column in (table.start_ms, table.end_ms, table.kind, table.row)), strict=True)
    for number, (start_ms, end_ms, begin, row) in zip(rows, columns, strict=True):
        yield _Line(number, start_ms, end_ms, Begin(begin), row)


def _lane(view: AlignedView, line: _Line, title: str, *, repeats: bool) -> Lane:
    row, is_live = view.timeline.rows[line.row], view.timeline.rows.is_live(line.row)
    is_starting = is_live and math.isnan(line.end_ms)
    start = _WORDS.get(line.begin) or ("starting" if is_starting else "ahead")
    return Lane(title, row.environment_id[:4], (line.number,), row.environment_id, is_live, repeats=repeats, start=start)


def _title(view: AlignedView, line: _Line) -> str:
    row = view.timeline.rows[line.row]
    return f"{row.function_name}:{row.version}" if row.version not in ("", LATEST) else row.function_name
