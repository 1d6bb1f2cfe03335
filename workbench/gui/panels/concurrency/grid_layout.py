"""Where the cells of the grid are: rows from top to bottom, cells in lines within a row, as large as there is room for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal, NamedTuple

from workbench.state.concurrency_rows import Cell, FunctionGrid, VersionRow

CELL_SIZES_PX = (18, 15, 13, 11, 9, 7, 6)
"""The largest with which all rows can be seen is taken."""
SCROLLED = 1.25
"""Where the grid scrolls even with the smallest cells, they may be larger as long as the grid is no more than so much higher."""
GAP_PX = 2
PAD_PX = 5
"""Above and below a row."""
STRIP_PX = 12
"""The height of a function's throttles of the last seconds."""
MOST_GHOSTS = 1_000
"""Places that nothing takes are drawn up to a ceiling of this; above it, the numbers tell."""

Ghost = Literal["ghost", "provisioned ghost"]
Spot = Cell | Ghost | None
"""What is at one place of a row: a cell, a place below a ceiling that nothing takes, or nothing."""


class Ceiling(NamedTuple):
    """A line after `at` places."""

    at: int
    kind: Literal["reserved", "provisioned"]


class Flow(NamedTuple):
    """The places of a row in their order, and the ceilings among them."""

    spots: list[Spot]
    ceilings: tuple[Ceiling, ...]


class RowPlace(NamedTuple):
    """A row in the grid. `row` None: the function has no environment. `is_first`: the function's name stands here."""

    function: FunctionGrid
    row: VersionRow | None
    is_first: bool
    is_only: bool
    top: int
    height: int

    def flow(self) -> Flow:
        """Return its places as they are now."""
        return flow_of(self.row, self.function.reserved if self.is_only else None)


class Measures(NamedTuple):
    """Sizes in pixels: of the view, of the columns left and right of the cells, and of a line of text."""

    width: int
    height: int
    names: int
    sides: int
    line: int

    @property
    def cells(self) -> int:
        """The width that is left for cells."""
        return max(self.width - self.names - self.sides, CELL_SIZES_PX[-1] + GAP_PX)


class GridLayout:
    """Places the rows of functions. `size` is that of a cell, `columns` how many stand in a line, `height` that of all rows."""

    def __init__(self, functions: Sequence[FunctionGrid], measures: Measures) -> None:
        self.measures, self.size = measures, CELL_SIZES_PX[-1]
        self.rows = self._placed(functions)
        most_px = measures.height if self.height <= measures.height else self.height * SCROLLED
        for self.size in CELL_SIZES_PX:
            self.rows = self._placed(functions)
            if self.height <= most_px:
                break
        self._tops = [place.top for place in self.rows]

    @property
    def pitch(self) -> int:
        """From one cell to the next."""
        return self.size + GAP_PX

    @property
    def columns(self) -> int:
        """How many cells stand in a line."""
        return max(1, self.measures.cells // self.pitch)

    @property
    def height(self) -> int:
        """The height of all rows."""
        return self.rows[-1].top + self.rows[-1].height if self.rows else 0

    def row_at(self, y: int) -> RowPlace | None:
        """Return the row at a height, None below the last one."""
        found = bisect_right(self._tops, y) - 1
        return self.rows[found] if found >= 0 and y < self.rows[found].top + self.rows[found].height else None

    def between(self, top: int, bottom: int) -> list[RowPlace]:
        """Return the rows that can be seen between two heights."""
        return self.rows[max(bisect_right(self._tops, top) - 1, 0):bisect_right(self._tops, bottom)]

    def corner(self, place: RowPlace, index: int) -> tuple[int, int]:
        """Return where the cell at a place of a row begins, from the left and from the top of all rows."""
        line, column = divmod(index, self.columns)
        return self.measures.names + column * self.pitch, place.top + PAD_PX + line * self.pitch

    def spot_at(self, x: int, y: int) -> Spot:
        """Return what is at a point; None for nothing."""
        place, left = self.row_at(y), x - self.measures.names
        if place is None or not 0 <= left < self.columns * self.pitch or y < place.top + PAD_PX:
            return None
        index = (y - place.top - PAD_PX) // self.pitch * self.columns + left // self.pitch
        spots = place.flow().spots
        return spots[index] if index < len(spots) else None

    def _placed(self, functions: Sequence[FunctionGrid]) -> list[RowPlace]:
        placed, top = [], 0
        for function in functions:
            rows: Sequence[VersionRow | None] = function.ordered() or [None]
            for row in rows:
                place = RowPlace(function, row, row is rows[0], len(rows) == 1, top, 0)
                height = self._height_of(place)
                placed.append(place._replace(height=height))
                top += height
        return placed

    def _height_of(self, place: RowPlace) -> int:
        lines = -(-len(place.flow().spots) // self.columns)
        texts = max(text_lines(place)) * self.measures.line
        strip = STRIP_PX if place.is_first and place.function.throttles else 0
        return max(lines * self.pitch, texts + strip) + 2 * PAD_PX


def text_lines(place: RowPlace) -> tuple[int, int]:
    """Return how many lines of text stand left and right of a row's cells."""
    function, row = place.function, place.row
    left = int(place.is_first) + int(names_version(place)) + int(row is not None and row.use is not None)
    right = (1 + bool(function.throttles) + bool(function.waiting)) if place.is_first else 0
    return left, right


def names_version(place: RowPlace) -> bool:
    """Whether a row tells its version: not if that is all there is, and it is `$LATEST`."""
    return place.row is not None and not (place.is_only and place.row.version == "$LATEST")


def flow_of(row: VersionRow | None, reserved: int | None) -> Flow:
    """Return the places of a row: provisioned ones up to their ceiling, then the others up to what is reserved."""
    spots: list[Spot] = [*row.provisioned] if row is not None else []
    ceilings: list[Ceiling] = []
    if row is not None and row.use is not None:
        spots += ["provisioned ghost"] * min(row.requested - len(spots), MOST_GHOSTS)
        ceilings.append(Ceiling(len(spots), "provisioned"))
    spots += row.on_demand if row is not None else ()
    if reserved is not None and reserved <= MOST_GHOSTS:
        spots += ["ghost"] * (reserved - len(spots))
        ceilings.append(Ceiling(reserved, "reserved"))
    return Flow(spots, tuple(ceilings))
