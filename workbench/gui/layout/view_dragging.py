"""Dragging a view: what is marked on the way, and what becomes of the arrangement where it is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from workbench.gui.layout.arrangement import Part, joined, split_off
from workbench.gui.layout.view_group import ViewGroup

if TYPE_CHECKING:
    from workbench.gui.layout.drop_marker import DropMarker, DropPlace
    from workbench.gui.layout.view_area import ViewArea


class ViewDragging(QObject):
    """Belongs to the area, whose groups it follows."""

    def __init__(self, area: ViewArea) -> None:
        super().__init__(area)
        self._area = area

    @cached_property
    def _marker(self) -> DropMarker:
        """Made when the first tab is dragged."""
        from workbench.gui.layout.drop_marker import DropMarker

        return DropMarker(self._area)

    def follow(self, group: ViewGroup) -> None:
        """Let the tabs of a group be dragged, until it is deleted."""
        group.dragged.connect(self._on_dragged)
        group.dropped.connect(self._on_dropped)
        group.drag_given_up.connect(self._on_given_up)

    def _on_given_up(self) -> None:
        self._marker.hide()

    def _place_at(self, point: QPoint) -> DropPlace | None:
        from workbench.gui.layout.drop_marker import place_at

        for group in self._area.groups:
            inside = group.mapFromGlobal(point)
            if group.isVisible() and group.rect().contains(inside):
                return place_at(group, inside)
        return None

    def _on_dragged(self, _name: str, point: QPoint) -> None:
        place = self._place_at(point)
        if place is None:
            self._marker.hide()
        else:
            self._marker.mark(place)

    def _on_dropped(self, name: str, point: QPoint) -> None:
        self._marker.hide()
        place, now = self._place_at(point), self._area.arrangement()
        if place is None:
            return
        if place.side is not None:
            self._area.rearrange(name, split_off(now, name, place.group.front, place.side))
        elif name not in place.group.names:
            self._area.rearrange(name, joined(now, name, place.group.front, place.position))
        elif place.position is not None:
            self._area.rearrange(name, _reordered(now, name, place.group.names, place.position))


def _reordered(part: Part, name: str, names: Sequence[str], position: int) -> Part:
    """Put a tab at another position of its own group."""
    others = [each for each in names if each != name]
    return joined(part, name, others[0], position) if others else part
