"""Which part of the time axis is on the screen: zoom and pan, in pixels, with idle stretches folded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.state.folding import Break, Floats, FoldedAxis, Idles, fitting_scale, idles
from workbench.state.timeline_view import NOTHING, newest

_NARROWEST_MS = 0.02
_WIDEST_MS = 30 * 86_400_000.0
_MARGIN_PX = 10.0
_LABEL_PX = 52.0
"""At the right edge there is room for the label of a bar that is too short for it."""
_SHORTEST_FIT_MS = 1.0
_BREAKS_SHARE = 0.6
"""What is followed folds no more stretches than fit into that share of the width."""


class Viewport:
    """Positions are pixels from the left edge of what is shown; times are milliseconds since the timeline's origin.

    `first_ms` is when the first work began: times are told from there where no folded stretch comes before them.
    """

    def __init__(self) -> None:
        self.width = 1.0
        self.break_px = 80.0
        self.first_ms = 0.0
        self._idle = Idles(np.empty(0), np.empty(0))
        self._left = 0.0
        self._axis = FoldedAxis(self._idle, 1.0, self.break_px)

    @property
    def scale(self) -> float:
        """Pixels per millisecond."""
        return self._axis.scale

    def fold(self, stretches: tuple[Floats, Floats]) -> None:
        """Fold what lies between these stretches of work; the time at the left edge stays there."""
        left_ms = self.time_at(0.0)
        self._idle, self.first_ms = idles(*stretches), float(stretches[0][0]) if stretches[0].size else 0.0
        self._place(self.scale, left_ms, 0.0)

    def follow(self, stretches: tuple[Floats, Floats], own: Floats = NOTHING) -> None:
        """Show the newest work, and as much of what led to it as can be told apart. `own`: see `newest`."""
        self.show(*newest(stretches, 1 + int(_BREAKS_SHARE * self.width / self.break_px), own))

    def x(self, times_ms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the positions of times."""
        return np.asarray(self._axis.x(times_ms) - self._left)

    def x_of(self, time_ms: float) -> float:
        """Return the position of one time."""
        return self._axis.x_of(time_ms) - self._left

    def time_at(self, x: float) -> float:
        """Return the time at a position."""
        return self._axis.time_at(x + self._left)

    def span(self) -> tuple[float, float]:
        """Return the times at both edges."""
        return self.time_at(0.0), self.time_at(self.width)

    def breaks(self) -> list[Break]:
        """Return the folded stretches that can be seen."""
        found = self._axis.breaks(self._left, self._left + self.width)
        return [each._replace(left=each.left - self._left, right=each.right - self._left) for each in found]

    def stretch_start(self, time_ms: float) -> float:
        """Return the time from which milliseconds are counted at a time."""
        return self._axis.stretch_start(time_ms, self.first_ms)

    def show(self, start_ms: float, end_ms: float) -> None:
        """Zoom so that these times are at the edges, but for a margin."""
        middle_ms, half_ms = (start_ms + end_ms) / 2, max(end_ms - start_ms, _SHORTEST_FIT_MS) / 2
        start_ms, end_ms = middle_ms - half_ms, middle_ms + half_ms
        room_px = max(self.width - _MARGIN_PX - _LABEL_PX, 10.0)
        self._place(fitting_scale(self._idle, start_ms, end_ms, room_px, self.break_px), start_ms, _MARGIN_PX)

    def zoom(self, factor: float, at: float) -> None:
        """Show time `factor` times as large; the time at a position stays there."""
        self._place(self.scale * factor, self.time_at(at), at)

    def pan(self, pixels: float) -> None:
        """Move on in time by that many pixels."""
        self._left += pixels

    def center(self, time_ms: float) -> None:
        """Bring a time into the middle."""
        self._place(self.scale, time_ms, self.width / 2)

    def lacks(self, start_ms: float, end_ms: float) -> bool:
        """Whether nothing between these times is in view."""
        first_ms, last_ms = self.span()
        return end_ms < first_ms or start_ms > last_ms

    def reveal(self, start_ms: float, end_ms: float) -> None:
        """Bring these times into the middle, whole."""
        self.center((start_ms + end_ms) / 2)
        if (end_ms - start_ms) * self.scale > self.width:
            self.show(start_ms, end_ms)

    def _place(self, scale: float, time_ms: float, at: float) -> None:
        scale = min(max(scale, self.width / _WIDEST_MS), self.width / _NARROWEST_MS)
        self._axis = FoldedAxis(self._idle, scale, self.break_px)
        self._left = self._axis.x_of(time_ms) - at
