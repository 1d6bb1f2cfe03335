"""Which single bars are seen and where, worked out for all of them at once: there is no time for each of hundreds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from workbench.gui.panels.timeline.drawing import Drawing
from workbench.state.levels import Merged
from workbench.state.span_kinds import FAILURES, SpanKind

REST_HEIGHT = 0.34
BESIDE = (SpanKind.INVOKE, SpanKind.CANCELED, *FAILURES)
"""Kinds whose labels stand beside their bars if they do not fit into them."""
NOTED = (SpanKind.INVOKE, *FAILURES)
"""Kinds whose labels may say more than how long it took."""
LEAST_LABEL_PX = 4.0
"""No letter is narrower."""
INSIDE_PX, BEFORE_END_PX, BESIDE_PX = 5.0, 3.0, 6.0
"""Room that a label leaves at the begin and the end of its bar, and what one beside it needs."""
NARROW_PX = 2.0
"""Room on both sides of a label that only so fits into its bar."""
_FAILURE_PX = 3.0
"""A failure is at least that wide, however short it was."""
_OUTSIDE_PX = 8.0
"""Bars are cut that far outside: zoomed in, a span can be millions of pixels long, which Qt's rasterizer cannot draw."""
_KINDS = tuple(SpanKind)

Floats = NDArray[np.float64]


class Bar(NamedTuple):
    """A span on the screen. A label may stand beside it from `covered` on, where it ends with the overhead that follows it, up to
    `free`, where the next bar in its lane begins. `has_room`: whether a letter or a mark may have room in it or beside it.
    `whole_ms`: how long it took with that overhead, and with an INIT that was repeated inside it, which is an invocation's
    duration as Lambda reports it. `note`: what else its label says.
    """

    kind: SpanKind
    rect: QRectF
    duration_ms: float
    is_open: bool
    covered: float
    free: float
    has_room: bool
    whole_ms: float
    note: str = ""


def bars(drawing: Drawing) -> list[Bar]:
    """Return the visible spans one by one, rests first, so that the work beside them covers their ends."""
    index, seen, lanes = _seen(drawing)
    kinds = seen.kind
    left, right = edges(drawing, seen.start_ms, seen.end_ms)
    wide = np.maximum(right, np.where(np.isin(kinds, FAILURES), left + _FAILURE_PX, 0.0))
    span, overhead = _followed(left, lanes, kinds)
    reach, took_ms = right.copy(), seen.longest_ms
    reach[span], whole_ms = right[overhead], took_ms.copy()
    whole_ms[span] += took_ms[overhead]
    _take_repeated_init(drawing, index, kinds, whole_ms)
    covered, free = np.maximum(wide, reach), _free(left, right, lanes, kinds)
    has_room = _has_room(drawing, left, wide, kinds, np.minimum(free, drawing.area.right()) - covered)
    is_open = np.isnan(drawing.view.timeline.spans.end_ms[index])
    columns = (kinds, _rects(drawing, left, wide, lanes, kinds), took_ms, is_open, covered, free, has_room, whole_ms)
    found = [Bar(_KINDS[kind], *rest) for kind, *rest in zip(*(
        each if isinstance(each, list) else each.tolist() for each in columns), strict=True)]
    return [bar._replace(note=drawing.note(bar.kind, place)) if bar.has_room and bar.kind in NOTED else bar
            for bar, place in zip(found, index.tolist(), strict=True)]


def _seen(drawing: Drawing) -> tuple[NDArray[np.int64], Merged, NDArray[np.int64]]:
    """Return the visible spans, by their indices and as they are arranged, rests first, and their lanes."""
    index = drawing.view.single_spans(*drawing.viewport.span(), drawing.now_ms)
    seen = drawing.view.columns(index, drawing.now_ms)
    lanes = drawing.layout.index.of(seen.row)
    visible = np.flatnonzero((lanes >= drawing.lanes.start) & (lanes < drawing.lanes.stop))
    order = visible[np.argsort(seen.kind[visible] < SpanKind.IDLE, kind="stable")]
    return index[order], seen.part(order), lanes[order]


def _take_repeated_init(drawing: Drawing, index: NDArray[np.int64], kinds: NDArray[np.uint8], whole_ms: Floats) -> None:
    """Put the reported durations where INIT is part of them."""
    again_ms = drawing.view.timeline.again_ms
    for place in np.flatnonzero(kinds == SpanKind.INVOKE).tolist() if again_ms else ():
        whole_ms[place] = again_ms.get(drawing.view.request_of(int(index[place])), 0.0) or whole_ms[place]


def edges(drawing: Drawing, starts: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Return where spans begin and end on the screen, at least a pixel apart, and not far outside of it."""
    area, most = drawing.area, drawing.area.width() + _OUTSIDE_PX
    left = area.left() + np.clip(drawing.viewport.x(starts), -_OUTSIDE_PX, most)
    right = area.left() + np.clip(drawing.viewport.x(ends), -_OUTSIDE_PX, most)
    return left, np.maximum(right, left + 1.0)


def _rects(drawing: Drawing, left: Floats, right: Floats, lanes: NDArray[np.int64], kinds: NDArray[np.uint8]) -> list[QRectF]:
    height = drawing.layout.heights.bar
    share = np.where(kinds >= SpanKind.IDLE, REST_HEIGHT, 1.0)
    tops = np.array([drawing.bar_top(lane) for lane in drawing.lanes])[lanes - drawing.lanes.start] + height * (1 - share) / 2
    places = zip(left.tolist(), tops.tolist(), (right - left).tolist(), (height * share).tolist(), strict=True)
    return [QRectF(*place) for place in places]


def _has_room(drawing: Drawing, left: Floats, right: Floats, kinds: NDArray[np.uint8], beside: Floats) -> NDArray[np.bool_]:
    """Return which bars may have a label; nearly all are too narrow for any."""
    area = drawing.area
    inside = np.minimum(right, area.right()) - np.maximum(left, area.left()) - 2 * NARROW_PX
    is_beside = np.isin(kinds, BESIDE) & (right >= area.left()) & (
        np.isin(kinds, FAILURES) | (beside - BESIDE_PX >= LEAST_LABEL_PX))
    return np.asarray((kinds != SpanKind.IDLE) & ((inside >= LEAST_LABEL_PX) | is_beside))


def _followed(
    left: Floats, lanes: NDArray[np.int64], kinds: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which bars are followed by overhead, and by which."""
    order = np.lexsort((left, lanes))
    follows = (lanes[order[1:]] == lanes[order[:-1]]) & (kinds[order[1:]] == SpanKind.OVERHEAD)
    return order[:-1][follows], order[1:][follows]


def _free(
    left: Floats, right: Floats, lanes: NDArray[np.int64], kinds: NDArray[np.uint8]
) -> Floats:
    """Return for each bar where the next one begins that is more than overhead."""
    free = np.full(left.size, np.inf)
    main = np.flatnonzero((kinds < SpanKind.IDLE) & (kinds != SpanKind.OVERHEAD))
    order = main[np.lexsort((left[main], lanes[main]))]
    follows = lanes[order[1:]] == lanes[order[:-1]]
    free[order[:-1][follows]] = left[order[1:][follows]]
    return np.asarray(np.maximum(free, right))
