"""Where a dragged view would go: into a group of tabs, or beside one; and the mark that shows it."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.gui.layout.arrangement import Side
from workbench.gui.layout.view_group import ViewGroup

EDGE = 0.25
"""Which share of a group's width or height counts as its edge."""


class DropPlace(NamedTuple):
    """A group, and where in it: at a side, or (None) among its tabs, at `position` or (None) as the last."""

    group: ViewGroup
    side: Side | None = None
    position: int | None = None


class DropMarker(QWidget):
    """A translucent rectangle. It takes no mouse."""

    def __init__(self, area: QWidget) -> None:
        super().__init__(area)
        self._area = area
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def mark(self, place: DropPlace) -> None:
        """Show where a view would go."""
        corner = place.group.mapTo(self._area, QPoint(0, 0))
        self.setGeometry(_rectangle(place).translated(corner))
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint in the color of marked text: the accent belongs to what one is about to do."""
        painter = QPainter(self)
        color = QColor(self.palette().highlight().color())
        edge = QColor(self.palette().text().color())
        color.setAlpha(150)
        edge.setAlpha(160)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(color)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


def place_at(group: ViewGroup, point: QPoint) -> DropPlace:
    """Where a view goes that is dropped at a point of a group (in the group's coordinates)."""
    tabs = group.tabBar()
    on_tabs = tabs.mapFrom(group, point)
    if tabs.rect().contains(on_tabs) or point.y() < tabs.height():
        index = tabs.tabAt(on_tabs)
        return DropPlace(group, position=index if index >= 0 else None)
    x = point.x() / max(1, group.width())
    y = (point.y() - tabs.height()) / max(1, group.height() - tabs.height())
    distance, side = min((x, Side.LEFT), (1 - x, Side.RIGHT), (y, Side.ABOVE), (1 - y, Side.BELOW), key=lambda each: each[0])
    return DropPlace(group, side=side if distance < EDGE else None)


def _rectangle(place: DropPlace) -> QRect:
    """What the view would cover, in the group's coordinates."""
    whole, tabs = place.group.rect(), place.group.tabBar()
    if place.position is not None:
        tab = tabs.tabRect(place.position)
        return QRect(tabs.mapTo(place.group, tab.topLeft()), tab.size())
    half_w, half_h = whole.width() // 2, whole.height() // 2
    match place.side:
        case Side.LEFT:
            return QRect(0, 0, half_w, whole.height())
        case Side.RIGHT:
            return QRect(whole.width() - half_w, 0, half_w, whole.height())
        case Side.ABOVE:
            return QRect(0, 0, whole.width(), half_h)
        case Side.BELOW:
            return QRect(0, whole.height() - half_h, whole.width(), half_h)
        case _:
            return whole
