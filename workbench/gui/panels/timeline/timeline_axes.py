"""The two axes of the timeline: environments at the left, time of day below."""

from __future__ import annotations

import math

import pyqtgraph as pg

from workbench.gui.panels.timeline.timeline_kinds import short_id
from workbench.model.moments import local_time
from workbench.state.timeline import Timeline

FUNCTION_LETTERS = 16
_EXTENSION_LETTERS = 9
"""What fits beside the rows; the tooltip has the whole name."""


class EnvironmentAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A label in the middle of every row: "env a81f", one that is gone says so; "↳ otel" for an extension of the one above.

    `names_functions`: "Orders a81f" instead, where rows are of several functions.
    """

    def __init__(self, timeline: Timeline) -> None:
        super().__init__("left")
        self._timeline = timeline
        self.names_functions = False
        self.setStyle(tickLength=0, tickAlpha=0, showValues=True, autoExpandTextSpace=False)  # a tick of no length is a dot

    def tickValues(self, minimum: float, maximum: float, _size: float) -> list[tuple[float, list[float]]]:
        """One tick a row in view."""
        minimum, maximum = sorted((minimum, maximum))  # pyqtgraph hands them over in reverse where Y points down
        first, last = max(0, math.floor(minimum)), min(len(self._timeline.rows), math.ceil(maximum))
        return [(1.0, [row + 0.5 for row in range(first, last) if minimum <= row + 0.5 <= maximum])]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """The environments' short ids."""
        return [self._label(int(value)) for value in values]

    def _label(self, row: int) -> str:
        extension = self._timeline.rows[row].extension
        if extension:
            return f"↳ {_shortened(extension, _EXTENSION_LETTERS)}"
        mark = "" if self._timeline.is_live(row) else " †"
        name = _shortened(self._timeline.rows[row].function_name) if self.names_functions else "env"
        return f"{name} {short_id(self._timeline.rows[row].environment_id)}{mark}"


def _shortened(name: str, letters: int = FUNCTION_LETTERS) -> str:
    return name if len(name) <= letters else f"{name[:letters - 1]}…"


class ClockAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Local time of day, with as many digits as the zoom is worth."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__("bottom")
        self._timeline = timeline
        self.setStyle(tickLength=4, maxTickLevel=0)

    def tickSpacing(self, minimum: float, maximum: float, size: float) -> list[tuple[float, float]]:
        """Round steps far enough apart for their labels."""
        wanted = (maximum - minimum) * self._label_width() / max(size, 1.0)
        magnitude = 10.0 ** math.floor(math.log10(max(wanted, 1e-6)))
        step = next((factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= wanted), 10 * magnitude)
        return [(step, 0.0)]

    def _label_width(self) -> float:
        font = self.style["tickFont"]
        return 110.0 if font is None else 9.5 * max(font.pointSizeF(), 6.0)

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        """10:41:02 at steps of seconds, 41:02.35 at shorter ones."""
        return [self._label(value, spacing) for value in values]

    def _label(self, value: float, spacing_ms: float) -> str:
        at = local_time(((self._timeline.origin_ms or 0.0) + value) / 1_000)
        if spacing_ms >= 1_000:
            return at.strftime("%H:%M:%S")
        digits = min(6, math.ceil(-math.log10(spacing_ms / 1_000) - 1e-9))
        return at.strftime("%M:%S.") + f"{at.microsecond:06d}"[:digits]
