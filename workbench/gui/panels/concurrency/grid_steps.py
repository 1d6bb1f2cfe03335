"""From one cell to the next by keyboard: along a line, to the line above or below, to the first and the last."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt

from workbench.gui.panels.concurrency.grid_layout import GridLayout
from workbench.state.concurrency_rows import Cell


class _Stop(NamedTuple):
    top: int
    left: int
    cell: Cell


def stepped(layout: GridLayout, current: Cell | None, key: Qt.Key) -> Cell | None:
    """Return the cell that a key leads to; None if the key leads nowhere, or there is no cell."""
    stops = _stops(layout)
    if not stops or key not in _KEYS:
        return None
    here = next((index for index, stop in enumerate(stops) if stop.cell is current), None)
    if here is None or key is Qt.Key.Key_Home:
        return stops[0].cell
    if key is Qt.Key.Key_End:
        return stops[-1].cell
    if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        return stops[min(max(here + (1 if key is Qt.Key.Key_Right else -1), 0), len(stops) - 1)].cell
    return _in_next_line(stops, stops[here], is_down=key is Qt.Key.Key_Down)


def _in_next_line(stops: list[_Stop], here: _Stop, *, is_down: bool) -> Cell:
    beyond = [stop for stop in stops if (stop.top > here.top if is_down else stop.top < here.top)]
    if not beyond:
        return here.cell
    line = (min if is_down else max)(stop.top for stop in beyond)
    return min((stop for stop in beyond if stop.top == line), key=lambda stop: abs(stop.left - here.left)).cell


def _stops(layout: GridLayout) -> list[_Stop]:
    stops = []
    for place in layout.rows:
        for index, spot in enumerate(place.flow().spots):
            if isinstance(spot, Cell):
                left, top = layout.corner(place, index)
                stops.append(_Stop(top, left, spot))
    return stops


_KEYS = frozenset({
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End})
