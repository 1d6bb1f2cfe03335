"""Paints what happened in each lane: single bars with labels, or columns of pixels where there are too many of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.timeline.bar_places import (
    BEFORE_END_PX,
    BESIDE,
    BESIDE_PX,
    INSIDE_PX,
    LEAST_LABEL_PX,
    NARROW_PX,
    REST_HEIGHT,
    Bar,
    bars,
    edges,
)
from workbench.gui.panels.timeline.column_image import codes, picture
from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.timeline_kinds import bar_labels, fill_color, reasons, text_color
from workbench.state.icicle import IcicleBar
from workbench.state.levels import Merged
from workbench.state.span_kinds import FAILURES, SpanKind

DETAILED = 400
"""Up to this many visible spans get round corners, marks, and labels also beside them; beyond it, they are merged into columns of
a pixel, with labels inside those that are wide enough."""
_WIDE_PX = 22.0
_MOST_LABELS = 150
"""The widest of many bars have labels: one takes 10 µs and more."""

_OPEN_ALPHA = 0.62
_CENTERED = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)
_LABEL = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip)


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
        _label_wide(painter, drawing, seen.part(is_visible), lanes[is_visible])
    else:
        _paint_single(painter, drawing)
    return is_crowded


def _paint_single(painter: QPainter, drawing: Drawing) -> None:
    found = bars(drawing)
    rests = [bar for bar in found if bar.kind.is_rest]
    # In the line of the past, a rest may lie upon another one: their labels come after all of them, and what works covers both.
    _paint_each(painter, drawing, [bar._replace(has_room=False) for bar in rests])
    for bar in rests:
        if bar.has_room:
            _paint_label(painter, drawing, bar)
    _paint_each(painter, drawing, found[len(rests):])


def _paint_each(painter: QPainter, drawing: Drawing, each: list[Bar]) -> None:
    looks, now = _looks(drawing.theme), None
    for bar in each:
        look = looks[bar.kind, bar.is_open]
        if look is not now:  # mostly it is that of the bar before
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look[0])
            now = look
        radius = min(3.0, bar.rect.width() / 2)
        for brush in look[1:]:
            painter.drawRoundedRect(bar.rect, radius, radius)
            painter.setBrush(brush)
            now = None
        painter.drawRoundedRect(bar.rect, radius, radius)
        if bar.has_room:
            _paint_label(painter, drawing, bar)
            now = None


@lru_cache(maxsize=4)
def _looks(theme: Theme) -> dict[tuple[SpanKind, bool], tuple[QBrush, ...]]:
    """Return with what a bar of a kind, open or not, is filled: failures with stripes as well, so that color is not all."""
    found = {}
    for kind in SpanKind:
        for is_open in (False, True):
            fill = QColor(fill_color(kind, theme))
            if is_open and not kind.is_rest:
                fill.setAlphaF(_OPEN_ALPHA)
            stripes = (QBrush(fill.darker(125), Qt.BrushStyle.BDiagPattern),) if kind in FAILURES else ()
            found[kind, is_open] = (QBrush(fill), *stripes)
    return found


def _rect(drawing: Drawing, lane: int, left: float, right: float, share: float = 1.0) -> QRectF:
    height = drawing.layout.heights.bar
    return QRectF(left, drawing.bar_top(lane) + height * (1 - share) / 2, right - left, height * share)


def _paint_label(painter: QPainter, drawing: Drawing, bar: Bar) -> None:
    labels = bar_labels(bar.kind, bar.duration_ms, bar.is_open, bar.note)
    whole = bar.rect.intersected(drawing.area)
    fitting, room, flags = placed_label(drawing.metrics.width, labels, whole, "" if bar.kind.is_rest else labels[-1])
    if fitting and bar.kind.is_rest:  # its bar is thin, so the words interrupt it
        painter.setPen(QColor(drawing.theme.muted))
        words = painter.boundingRect(room, flags, fitting)
        painter.fillRect(words.adjusted(-3, 0, 3, 0), QColor(drawing.theme.window))
        painter.drawText(words, flags, fitting)
    elif fitting:
        painter.setPen(QColor(text_color(fill_color(bar.kind, drawing.theme))))
        painter.drawText(room, flags, fitting)
        if bar.note and bar.note not in fitting:
            _paint_note_beside(painter, drawing, bar)
    elif bar.kind in BESIDE and bar.rect.right() >= drawing.area.left():
        _paint_beside(painter, drawing, bar)


def _paint_note_beside(painter: QPainter, drawing: Drawing, bar: Bar) -> None:
    """Put what there was no room for in a bar to the right of it."""
    if bar.kind in FAILURES:
        _paint_words_beside(painter, drawing, bar, reasons(bar.note))
    else:
        _paint_words_beside(painter, drawing, bar, bar_labels(bar.kind, bar.whole_ms, bar.is_open, bar.note)[:1])


def placed_label(
    width: Callable[[str], float], labels: tuple[str, ...], bar: QRectF, shortest: str
) -> tuple[str, QRectF, int]:
    """Return the first label that fits into a bar, or `shortest` in its middle if only that does, or "". With place and flags."""
    room = bar.adjusted(INSIDE_PX, 0, -BEFORE_END_PX, 0)
    fitting = _fitting(width, labels, room.width())
    if fitting or not shortest:
        return fitting, room, _LABEL
    return _fitting(width, (shortest,), bar.width() - 2 * NARROW_PX), bar, _CENTERED


def _fitting(width: Callable[[str], float], labels: tuple[str, ...], room_px: float) -> str:
    """Return the first label for which there is room, "" for none. Nearly all bars are too narrow for any: these cost nothing."""
    if room_px < LEAST_LABEL_PX:
        return ""
    return next((label for label in labels if width(label) <= room_px), "")


def _paint_beside(painter: QPainter, drawing: Drawing, bar: Bar) -> None:
    """Put the label to the right of a bar that is too narrow for it, as far as there is room; a failure is always marked.

    There it stands for the overhead as well: the figure is the one that the strip and the history have.
    """
    labels = bar_labels(bar.kind, bar.whole_ms, bar.is_open, bar.note)
    if bar.kind is SpanKind.INVOKE:
        labels = labels[:2 if bar.note else 1]  # with its unit
    _paint_words_beside(painter, drawing, bar, labels, mark="✕" if bar.kind in FAILURES else "")


def _paint_words_beside(painter: QPainter, drawing: Drawing, bar: Bar, labels: tuple[str, ...], mark: str = "") -> None:
    """Put the first of these words beside a bar for which there is room, or else the mark."""
    room = min(bar.free, drawing.area.right()) - bar.covered - BESIDE_PX
    words = _fitting(drawing.metrics.width, labels, room) or mark
    if not words:
        return
    rect = QRectF(bar.covered + 4, bar.rect.top(), drawing.metrics.width(words) + 2, bar.rect.height())
    painter.fillRect(rect.adjusted(-1, 1, 1, -1), QColor(drawing.theme.window))
    painter.setPen(QColor(drawing.theme.error if bar.kind in FAILURES else drawing.theme.text))
    painter.drawText(rect, _LABEL, words)


def _paint_columns(painter: QPainter, drawing: Drawing, seen: Merged, lanes: NDArray[np.int64]) -> None:
    area, visible = drawing.area, drawing.lanes
    width = max(int(area.width()), 2)
    left, right = drawing.viewport.x(seen.start_ms), drawing.viewport.x(seen.end_ms)
    both = codes(left, right, seen.kind, lanes, (len(visible), width))
    for pixels, share in ((both.rest, REST_HEIGHT), (both.work, 1.0)):
        image = picture(pixels, drawing.theme)
        for line, place in enumerate(visible):
            target = _rect(drawing, place, area.left(), area.left() + width, share)
            painter.drawImage(target, image, QRectF(0, line, width, 1))


def _label_wide(painter: QPainter, drawing: Drawing, seen: Merged, lanes: NDArray[np.int64]) -> None:
    """Put labels into bars among columns that are wide enough and stand for themselves."""
    area, (left, right) = drawing.area, edges(drawing, seen.start_ms, seen.end_ms)
    left, right = np.maximum(left, area.left()), np.minimum(right, area.right())
    wide = np.flatnonzero((seen.counts == 1) & (seen.kind < SpanKind.IDLE) & (right - left >= _WIDE_PX))
    wide = wide[np.argsort(left[wide] - right[wide])][:_MOST_LABELS]
    open_ms = drawing.relative_ms(drawing.now_ms)
    for each in wide.tolist():
        kind = SpanKind(int(seen.kind[each]))
        labels = bar_labels(kind, float(seen.longest_ms[each]), is_open=float(seen.end_ms[each]) == open_ms)
        rect = _rect(drawing, int(lanes[each]), float(left[each]), float(right[each]))
        fitting, room, flags = placed_label(drawing.metrics.width, labels, rect, labels[-1])
        painter.setPen(QColor(text_color(fill_color(kind, drawing.theme))))
        painter.drawText(room, flags, fitting)


def paint_icicle(painter: QPainter, drawing: Drawing) -> None:
    """Paint what init consisted of below the environment of the chosen cold start."""
    layout = drawing.layout
    if layout.icicle_lane not in drawing.lanes:
        return
    top = drawing.top(layout.icicle_lane) + layout.heights.lane - 3
    starts = np.array([drawing.relative_ms(bar.start_ms) for bar in layout.icicle])
    left, right = edges(drawing, starts, np.array([drawing.relative_ms(bar.end_ms) for bar in layout.icicle]))
    for bar, begin, end in zip(layout.icicle, left.tolist(), right.tolist(), strict=True):
        if end > drawing.area.left() and begin < drawing.area.right():
            rect = QRectF(begin, top + bar.depth * layout.heights.icicle, max(end - begin - 1, 0.6), layout.heights.icicle - 2)
            _paint_icicle_bar(painter, drawing, bar, rect)


def _paint_icicle_bar(painter: QPainter, drawing: Drawing, bar: IcicleBar, rect: QRectF) -> None:
    color = drawing.theme.overhead if bar.is_code else drawing.theme.function_init
    fill = blend(color, drawing.theme.window, max(0.75 - 0.12 * bar.depth, 0.3))
    painter.fillRect(rect, QColor(fill))
    whole, name = rect.intersected(drawing.area), bar.label.removeprefix("import ")
    figure = f"{bar.duration_ms:.0f}"
    labels = (f"{bar.label} {figure}", f"{name} {figure}", name)
    fitting, room, flags = placed_label(drawing.metrics.width, labels, whole, "" if figure == "0" else figure)
    painter.setPen(QColor(text_color(fill)))
    painter.drawText(room, flags, fitting)


def paint_selection(painter: QPainter, drawing: Drawing) -> None:
    """Outline the chosen invocation."""
    chosen = drawing.view.columns(drawing.view.timeline.spans_of_request(drawing.selected), drawing.now_ms)
    lanes = drawing.layout.index.of(chosen.row)
    chosen, lanes = chosen.part(lanes >= 0), lanes[lanes >= 0]
    if not lanes.size:
        return
    left, right = edges(drawing, chosen.start_ms, chosen.end_ms)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(drawing.theme.text), 1.5))
    own = lanes == lanes.min()  # extensions have lanes of their own
    rect = _rect(drawing, int(lanes.min()), float(left[own].min()), float(right[own].max()))
    painter.drawRoundedRect(rect.adjusted(-2.5, -2.5, 2.5, 2.5), 4, 4)
