"""Dragging a tab of the editor out of its bar: to the end of the only group, which makes a second one, or into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtWidgets import QWidget

from workbench.editor.page_tabs import PageTabs

if TYPE_CHECKING:
    from PySide6.QtWidgets import QRubberBand

    from workbench.editor.page_groups import PageGroups

_EDGE = 0.25
"""Which share of the only group's width counts as its end."""


class PageDragging(QObject):
    """Belongs to the groups. Where a tab would go is marked."""

    def __init__(self, groups: PageGroups, host: QWidget) -> None:
        """`host` has the mark: a splitter would take it for one more part."""
        super().__init__(groups)
        self._groups = groups
        self._host = host
        self._mark: QRubberBand | None = None

    def follow(self, group: PageTabs) -> None:
        """Let the tabs of a group be dragged, until it is deleted."""
        group.bar.dragged.connect(self._on_dragged)
        group.bar.dropped.connect(self._on_dropped)

    def _place_at(self, dragged: QObject | None, point: QPoint) -> QRect | None:
        """What a page would cover that is dropped at a global point, in the coordinates of the groups."""
        inside = self._groups.mapFromGlobal(point)
        others = [group for group in self._groups.groups if group.bar is not dragged]
        if others:
            return _below_bar(others[0]) if others[0].geometry().contains(inside) else None
        whole = _below_bar(self._groups.groups[0])
        end = QRect(whole)
        if self._groups.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            end.setWidth(round(whole.width() * _EDGE))
        else:
            end.setLeft(whole.right() + 1 - round(whole.width() * _EDGE))
        return end if end.contains(inside) and self._groups.can_move else None

    def _on_dragged(self, point: QPoint) -> None:
        place = self._place_at(self.sender(), point)
        if place is None:
            self._hide()
            return
        self._mark = self._mark or self._make_mark()
        self._mark.setGeometry(QRect(self._groups.mapTo(self._host, place.topLeft()), place.size()))
        self._mark.show()

    def _on_dropped(self, point: QPoint) -> None:
        self._hide()
        bar = self.sender()
        if self._place_at(bar, point) is not None:
            group = next(each for each in self._groups.groups if each.bar is bar)
            page = group.current_page()
            if page is not None:
                self._groups.show_page(page)
                self._groups.move_current()

    def _make_mark(self) -> QRubberBand:
        from PySide6.QtWidgets import QRubberBand  # PySide takes time for each class: not when the window starts

        return QRubberBand(QRubberBand.Shape.Rectangle, self._host)

    def _hide(self) -> None:
        if self._mark is not None:
            self._mark.hide()


def _below_bar(group: QWidget) -> QRect:
    """A group without its tabs: what is dropped on these stays in the bar."""
    assert isinstance(group, PageTabs)
    return group.geometry().adjusted(0, group.bar.height(), 0, 0)
