"""Paints the titles of the lanes: the function once, and each environment or extension beside its lane."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.gui.panels.timeline.drawing import Drawing
from workbench.gui.panels.timeline.kept_metrics import KeptMetrics
from workbench.state.lanes import Lane

_MOST_LETTERS = 22
_MOST_SHARE = 0.3
"""Titles take at most that share of the timeline's width."""
GAP_PX = 8.0


def titles_width(metrics: KeptMetrics, lanes: list[Lane], room: float) -> float:
    """Return how wide the titles' column has to be; longer names are cut short, and a tip has them whole."""
    titles = {lane.title[:_MOST_LETTERS] for lane in lanes if lane.rows}
    function = max((metrics.width(title) * 1.08 for title in titles), default=0.0)
    names = name_width(metrics, is_aligned=any(lane.start for lane in lanes[:1]))
    return min(function + names + 3 * GAP_PX, max(room * _MOST_SHARE, names + 2 * GAP_PX))


def name_width(metrics: KeptMetrics, *, is_aligned: bool) -> float:
    """Return the room for what stands beside a lane itself."""
    return metrics.width("0000 init again" if is_aligned else "▸ 000 past")


def paint_titles(painter: QPainter, drawing: Drawing, column: QRectF, current: int) -> None:
    """Paint the titles of the visible lanes; `current` is the number of the lane that the keyboard is at, or -1."""
    lanes = drawing.layout.lanes
    first = next((place for place in drawing.lanes  # its title may be above
                  if drawing.top(place) >= column.top() - 4 and not lanes[place].idle_ms), -1)
    for place in drawing.lanes:
        lane, top = lanes[place], drawing.top(place)
        if lane.idle_ms:
            continue
        if not lane.rows:
            painter.setPen(QColor(drawing.theme.muted))
            painter.drawText(QRectF(column.left() + GAP_PX, top, drawing.area.right(), drawing.layout.heights.heading),
                             int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), lane.title)
            continue
        row = QRectF(column.left(), top, column.width(), drawing.layout.heights.lane)
        if place == current:
            painter.fillRect(row, QColor(drawing.theme.selection))
        _paint_title(painter, drawing, lane._replace(title="" if lane.repeats and place != first else lane.title), row)


def _paint_title(painter: QPainter, drawing: Drawing, lane: Lane, row: QRectF) -> None:
    flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    names = name_width(drawing.metrics, is_aligned=bool(lane.start))
    name = QRectF(row.right() - names - GAP_PX / 2, row.top(), names, row.height())
    room = name.left() - row.left() - GAP_PX - 4
    if lane.title and room > 20:
        painter.setFont(drawing.title_metrics.font)
        painter.setPen(QColor(drawing.theme.text))
        words = drawing.title_metrics.elided(lane.title, room)
        painter.drawText(QRectF(row.left() + GAP_PX, row.top(), room, row.height()), flags, words)
        painter.setFont(drawing.metrics.font)
    painter.setPen(QColor(drawing.theme.text if lane.is_live and not lane.is_extension else drawing.theme.muted))
    words = drawing.metrics.elided(name_words(lane), names)
    painter.drawText(name, flags, words)
    if lane.start:
        painter.setPen(QColor(drawing.theme.muted))
        painter.drawText(name.adjusted(drawing.metrics.width("0000 "), 0, 0, 0), flags, lane.start)


def name_words(lane: Lane) -> str:
    """Return what stands beside a lane: "a81f", "a81f †" once it is gone, "↳ otel", "▸ 3 past"."""
    if lane.key:
        return f"{'▾' if lane.is_open else '▸'} {lane.name}"
    if lane.is_extension:
        return f"↳ {lane.name}"
    return lane.name if lane.is_live or lane.start else f"{lane.name} †"


def title_tip(lane: Lane, function: str, version: str) -> str:
    """Return all about a lane."""
    if lane.key:
        what, todo = ("shown one by one below", "collapse") if lane.is_open else ("all in this line", "expand")
        return f"{function}: {lane.name} environments, {what}. Click, or press P, to {todo} them."
    state = ("alive" if lane.is_live else "gone") + (f", {lane.start}" if lane.start else "")
    which = f"{function}, version {version}" if version else function
    return f"{which}\nenvironment {lane.environment_id}, {state}" + (f"\nextension {lane.name}" if lane.is_extension else "")
