"""Thousands of spans as pictures with a pixel per lane and column: what they cost depends on the screen, not on their number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.timeline_kinds import fill_color
from workbench.state.span_kinds import FAILURES, SpanKind

FAILURE_PX = 2
"""A failure is at least that wide, however short it was."""
NOTHING = 0


class Codes(NamedTuple):
    """For each lane and column of pixels the kind that is seen there plus one, 0 for nothing: what works, and what rests."""

    work: NDArray[np.uint8]
    rest: NDArray[np.uint8]


def codes(
    left: NDArray[np.float64], right: NDArray[np.float64], kinds: NDArray[np.uint8], lanes: NDArray[np.int64],
    size: tuple[int, int],
) -> Codes:
    """Return what is seen of spans with these edges in pixels, in these lanes; `size` is the number of lanes and of columns.

    Where several kinds meet in a pixel, a failure wins, then what comes later in an invocation.
    """
    count, width = size
    work, rest = np.zeros(size, dtype=np.uint8), np.zeros(size, dtype=np.uint8)
    first = np.clip(np.floor(left), 0, width - 1).astype(np.int64)
    last = np.clip(np.ceil(right), 1, width).astype(np.int64)
    for kind in sorted(np.unique(kinds).tolist(), key=_order):
        mine = np.flatnonzero(kinds == kind)
        least = FAILURE_PX if kind in FAILURES else 1
        begin = np.minimum(first[mine], width - least)
        line = lanes[mine] * (width + 1)  # a pixel more, so that the end of one lane does not touch the start of the next
        ends = line + np.maximum(last[mine], begin + least)
        change = np.bincount(line + begin, minlength=count * (width + 1)) - np.bincount(ends, minlength=count * (width + 1))
        covered = np.cumsum(change).reshape(count, width + 1)[:, :width] > 0
        (rest if SpanKind(kind).is_rest else work)[covered] = kind + 1
    return Codes(work, rest)


def picture(seen: NDArray[np.uint8], theme: Theme) -> QImage:
    """Return codes as colors, transparent where there is nothing."""
    palette = np.zeros(len(SpanKind) + 1, dtype=np.uint32)
    for kind in SpanKind:
        palette[kind + 1] = QColor(fill_color(kind, theme)).rgba()
    pixels = np.ascontiguousarray(palette[seen])
    count, width = seen.shape
    return QImage(pixels.tobytes(), width, count, 4 * width, QImage.Format.Format_ARGB32).copy()


def _order(kind: int) -> tuple[bool, int]:
    return kind in FAILURES, kind
