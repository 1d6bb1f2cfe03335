"""Paints what happened in each lane: single bars with labels, or columns of pixels where there are too many of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from workbench.gui.look.theme import blend
from workbench.gui.panels.timeline.column_image import codes, picture
from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.timeline_kinds import bar_labels, fill_color, text_color
from workbench.state.icicle import IcicleBar
from workbench.state.levels import Merged
from workbench.state.span_kinds import FAILURES, SpanKind

DETAILED = 400
"""Up to this many visible spans get round corners, labels and marks; beyond it, they are merged into columns of a pixel."""

_REST_HEIGHT = 0.34
_OPEN_ALPHA = 0.62
_FAILURE_PX = 3.0
"""A failure is at least that wide, however short it was."""
_LEAST_LABEL_PX = 4.0
"""No letter is narrower."""
_LABEL = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip)
_OUTSIDE_PX = 8.0
"""Bars are cut that far outside: zoomed in, a span can be millions of pixels long, which Qt's rasterizer cannot draw."""


class Bar(NamedTuple):
    """A span on the screen. A label may stand beside it from `covered` on, where it ends with the overhead that follows it, up to
    `free`, where the next bar in its lane begins.
    """

    kind: SpanKind
    rect: QRectF
    duration_ms: float
    is_open: bool
    covered: float
    free: float


def paint_bars(painter: QPainter, drawing: Drawing) -> bool:
    """Paint the spans of the visible lanes; return whether they were too many for single bars."""
    first_ms, last_ms = drawing.viewport.span()
    seen = drawing.view.between(first_ms, last_ms, 1 / drawing.viewport.scale, drawing.now_ms)
    lanes = drawing.layout.index.of(seen.row)
    visible = drawing.lanes
    is_visible = (lanes >= visible.start) & (lanes < visible.stop)
    is_crowded = int(seen.counts[is_visible].sum()) > DETAILED
    if is_crowded:
        _paint_columns(painter, drawing, seen.part(is_visible), lanes[is_visible] - visible.start)
    else:
        fills = {kind: QColor(fill_color(kind, drawing.theme)) for kind in SpanKind}
        for bar in bars(drawing):
            _paint_bar(painter, drawing, bar, QColor(fills[bar.kind]))
    return is_crowded


def bars(drawing: Drawing) -> list[Bar]:
    """Return the visible spans one by one, rests first, so that the work beside them covers their ends."""
    spans = drawing.view.timeline.spans
    index = drawing.view.single_spans(*drawing.viewport.span(), drawing.now_ms)
    lanes = drawing.layout.index.of(spans.row[index])
    visible = (lanes >= drawing.lanes.start) & (lanes < drawing.lanes.stop)
    index, lanes = index[visible], lanes[visible]
    ends = drawing.view.timeline.ends_of(index, drawing.now_ms)
    left, right = _edges(drawing, spans.start_ms[index], ends)
    kinds, is_open = spans.kind[index], np.isnan(spans.end_ms[index])
    covered, free = _covered(left, right, lanes, kinds), _free(left, right, lanes, kinds)
    found = []
    for place in np.argsort(kinds < SpanKind.IDLE, kind="stable").tolist():
        kind = SpanKind(int(kinds[place]))
        end = max(float(right[place]), float(left[place]) + (_FAILURE_PX if kind in FAILURES else 0.0))
        rect = _rect(drawing, int(lanes[place]), float(left[place]), end, _REST_HEIGHT if kind.is_rest else 1.0)
        duration_ms = float(ends[place] - spans.start_ms[index[place]])
        found.append(Bar(kind, rect, duration_ms, bool(is_open[place]), max(end, float(covered[place])), float(free[place])))
    return found


def _edges(
    drawing: Drawing, starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    area, most = drawing.area, drawing.area.width() + _OUTSIDE_PX
    left = area.left() + np.clip(drawing.viewport.x(starts), -_OUTSIDE_PX, most)
    right = area.left() + np.clip(drawing.viewport.x(ends), -_OUTSIDE_PX, most)
    return left, np.maximum(right, left + 1.0)


def _covered(
    left: NDArray[np.float64], right: NDArray[np.float64], lanes: NDArray[np.int64], kinds: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Return for each bar where it ends, or the overhead that follows it."""
    covered, order = right.copy(), np.lexsort((left, lanes))
    follows = (lanes[order[1:]] == lanes[order[:-1]]) & (kinds[order[1:]] == SpanKind.OVERHEAD)
    covered[order[:-1][follows]] = right[order[1:][follows]]
    return covered


def _free(
    left: NDArray[np.float64], right: NDArray[np.float64], lanes: NDArray[np.int64], kinds: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Return for each bar where the next one begins that is more than overhead."""
    free = np.full(left.size, np.inf)
    main = np.flatnonzero((kinds < SpanKind.IDLE) & (kinds != SpanKind.OVERHEAD))
    order = main[np.lexsort((left[main], lanes[main]))]
    follows = lanes[order[1:]] == lanes[order[:-1]]
    free[order[:-1][follows]] = left[order[1:][follows]]
    return np.asarray(np.maximum(free, right))


def _rect(drawing: Drawing, lane: int, left: float, right: float, share: float = 1.0) -> QRectF:
    height = drawing.layout.heights.bar
    return QRectF(left, drawing.bar_top(lane) + height * (1 - share) / 2, right - left, height * share)


def _paint_bar(painter: QPainter, drawing: Drawing, bar: Bar, fill: QColor) -> None:
    if bar.is_open and not bar.kind.is_rest:
        fill.setAlphaF(_OPEN_ALPHA)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    radius = min(3.0, bar.rect.width() / 2)
    painter.drawRoundedRect(bar.rect, radius, radius)
    if bar.kind in FAILURES:  # striped, so that it stands out without color as well
        painter.setBrush(QBrush(fill.darker(125), Qt.BrushStyle.BDiagPattern))
        painter.drawRoundedRect(bar.rect, radius, radius)
    _paint_label(painter, drawing, bar)


def _paint_label(painter: QPainter, drawing: Drawing, bar: Bar) -> None:
    labels = bar_labels(bar.kind, bar.duration_ms, bar.is_open)
    room = bar.rect.intersected(drawing.area).adjusted(5, 0, -3, 0)
    fitting, flags = _fitting(drawing, labels, room.width()), _LABEL
    if fitting and bar.kind.is_rest:  # its bar is thin, so the words interrupt it
        painter.setPen(QColor(drawing.theme.muted))
        words = painter.boundingRect(room, flags, fitting)
        painter.fillRect(words.adjusted(-3, 0, 3, 0), QColor(drawing.theme.window))
        painter.drawText(words, flags, fitting)
    elif fitting:
        painter.setPen(QColor(text_color(fill_color(bar.kind, drawing.theme))))
        painter.drawText(room, flags, fitting)
    elif bar.kind in BESIDE and bar.rect.right() >= drawing.area.left():
        _paint_beside(painter, drawing, bar, labels)


def _fitting(drawing: Drawing, labels: tuple[str, ...], room_px: float) -> str:
    """Return the first label for which there is room, "" for none. Nearly all bars are too narrow for any: these cost nothing."""
    if room_px < _LEAST_LABEL_PX:
        return ""
    return next((label for label in labels if drawing.metrics.horizontalAdvance(label) <= room_px), "")


def _paint_beside(painter: QPainter, drawing: Drawing, bar: Bar, labels: tuple[str, ...]) -> None:
    """Put the label to the right of a bar that is too narrow for it, as far as there is room; a failure is always marked."""
    room = min(bar.free, drawing.area.right()) - bar.covered - 6
    fitting = _fitting(drawing, labels, room)
    failed = bar.kind in FAILURES
    if not fitting and not failed:
        return
    words = fitting or "✕"
    rect = QRectF(bar.covered + 4, bar.rect.top(), drawing.metrics.horizontalAdvance(words) + 2, bar.rect.height())
    painter.fillRect(rect.adjusted(-1, 1, 1, -1), QColor(drawing.theme.window))
    painter.setPen(QColor(drawing.theme.error if failed else drawing.theme.text))
    painter.drawText(rect, _LABEL, words)


def _paint_columns(painter: QPainter, drawing: Drawing, seen: Merged, lanes: NDArray[np.int64]) -> None:
    area, visible = drawing.area, drawing.lanes
    width = max(int(area.width()), 2)
    left, right = drawing.viewport.x(seen.start_ms), drawing.viewport.x(seen.end_ms)
    both = codes(left, right, seen.kind, lanes, (len(visible), width))
    for pixels, share in ((both.rest, _REST_HEIGHT), (both.work, 1.0)):
        image = picture(pixels, drawing.theme)
        for line, place in enumerate(visible):
            target = _rect(drawing, place, area.left(), area.left() + width, share)
            painter.drawImage(target, image, QRectF(0, line, width, 1))


def paint_icicle(painter: QPainter, drawing: Drawing) -> None:
    """Paint what init consisted of below the environment of the chosen cold start."""
    layout = drawing.layout
    if layout.icicle_lane not in drawing.lanes:
        return
    top = drawing.top(layout.icicle_lane) + layout.heights.lane - 3
    starts = np.array([drawing.relative_ms(bar.start_ms) for bar in layout.icicle])
    left, right = _edges(drawing, starts, np.array([drawing.relative_ms(bar.end_ms) for bar in layout.icicle]))
    for bar, begin, end in zip(layout.icicle, left.tolist(), right.tolist(), strict=True):
        if end > drawing.area.left() and begin < drawing.area.right():
            rect = QRectF(begin, top + bar.depth * layout.heights.icicle, max(end - begin - 1, 0.6), layout.heights.icicle - 2)
            _paint_icicle_bar(painter, drawing, bar, rect)


def _paint_icicle_bar(painter: QPainter, drawing: Drawing, bar: IcicleBar, rect: QRectF) -> None:
    color = drawing.theme.overhead if bar.is_code else drawing.theme.function_init
    fill = blend(color, drawing.theme.window, max(0.75 - 0.12 * bar.depth, 0.3))
    painter.fillRect(rect, QColor(fill))
    room, name = rect.intersected(drawing.area).adjusted(4, 0, -2, 0), bar.label.removeprefix("import ")
    labels = (f"{bar.label} {bar.duration_ms:.0f}", f"{name} {bar.duration_ms:.0f}", name)
    fitting = next((label for label in labels if drawing.metrics.horizontalAdvance(label) <= room.width()), "")
    painter.setPen(QColor(text_color(fill)))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), fitting)


def paint_selection(painter: QPainter, drawing: Drawing) -> None:
    """Outline the chosen invocation."""
    spans = drawing.view.timeline.spans
    index = drawing.view.timeline.spans_of_request(drawing.selected)
    lanes = drawing.layout.index.of(spans.row[index])
    index, lanes = index[lanes >= 0], lanes[lanes >= 0]
    if not index.size:
        return
    left, right = _edges(drawing, spans.start_ms[index], drawing.view.timeline.ends_of(index, drawing.now_ms))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(drawing.theme.text), 1.5))
    own = lanes == lanes.min()  # extensions have lanes of their own
    rect = _rect(drawing, int(lanes.min()), float(left[own].min()), float(right[own].max()))
    painter.drawRoundedRect(rect.adjusted(-2.5, -2.5, 2.5, 2.5), 4, 4)


BESIDE = (SpanKind.INVOKE, *FAILURES)
"""Kinds whose labels stand beside their bars if they do not fit into them."""
