"""The two axes of the timeline: environments on the left, time of day below."""

from __future__ import annotations

import math

import pyqtgraph as pg

from workbench.gui.panels.timeline.timeline_kinds import short_id
from workbench.model.moments import local_time
from workbench.state.timeline import Timeline

FUNCTION_LETTERS = 16
_EXTENSION_LETTERS = 9
"""Letters that fit beside the rows; the tool tip has the whole name."""


class EnvironmentAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Labels each row in its middle: "env a81f", with † if it is gone; "↳ otel" for an extension of the environment above.

    With `names_functions`, "Orders a81f" instead, for rows of several functions.
    """

    def __init__(self, timeline: Timeline) -> None:
        super().__init__("left")
        self._timeline = timeline
        self.names_functions = False
        # tickAlpha as well, because a tick of length 0 still draws a dot.
        self.setStyle(tickLength=0, tickAlpha=0, showValues=True, autoExpandTextSpace=False)

    def tickValues(self, minimum: float, maximum: float, _size: float) -> list[tuple[float, list[float]]]:
        """Return one tick per visible row."""
        minimum, maximum = sorted((minimum, maximum))  # pyqtgraph passes them in reverse when Y points down
        first, last = max(0, math.floor(minimum)), min(len(self._timeline.rows), math.ceil(maximum))
        return [(1.0, [row + 0.5 for row in range(first, last) if minimum <= row + 0.5 <= maximum])]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """Return the labels of rows."""
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
    """Shows the local time of day, with as many digits as the zoom needs."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__("bottom")
        self._timeline = timeline
        self.setStyle(tickLength=4, maxTickLevel=0)

    def tickSpacing(self, minimum: float, maximum: float, size: float) -> list[tuple[float, float]]:
        """Return a round step (1, 2 or 5 times a power of ten) that leaves room for the labels."""
        wanted = (maximum - minimum) * self._label_width() / max(size, 1.0)
        magnitude = 10.0 ** math.floor(math.log10(max(wanted, 1e-6)))
        step = next((factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= wanted), 10 * magnitude)
        return [(step, 0.0)]

    def _label_width(self) -> float:
        font = self.style["tickFont"]
        return 110.0 if font is None else 9.5 * max(font.pointSizeF(), 6.0)

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        """Return labels such as 10:41:02 for steps of seconds, and 41:02.35 for shorter ones."""
        return [self._label(value, spacing) for value in values]

    def _label(self, value: float, spacing_ms: float) -> str:
        at = local_time(((self._timeline.origin_ms or 0.0) + value) / 1_000)
        if spacing_ms >= 1_000:
            return at.strftime("%H:%M:%S")
        digits = min(6, math.ceil(-math.log10(spacing_ms / 1_000) - 1e-9))
        return at.strftime("%M:%S.") + f"{at.microsecond:06d}"[:digits]
