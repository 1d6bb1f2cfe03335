"""Groups and splits as widgets: read as an arrangement, shown in part, or made to show another arrangement."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from workbench.gui.layout.arrangement import Group, Part, Split
from workbench.gui.layout.view_group import ViewGroup
from workbench.gui.layout.view_split import ViewSplit


def show_only(part: QWidget, group: ViewGroup | None) -> bool:
    """Hide everything but one group; None shows everything. Returns whether anything of `part` is shown."""
    if isinstance(part, ViewSplit):
        is_shown = any([show_only(each, group) for each in part.parts])  # noqa: C419  (all of them, not up to the first)
    else:
        is_shown = group is None or part is group
    part.setVisible(is_shown)
    return is_shown


def read(part: QWidget) -> Part:
    """How views are arranged in a split or a group, with borders where the person has put them."""
    if isinstance(part, ViewSplit):
        return Split(tuple(map(read, part.parts)), part.shares, part.orientation() is Qt.Orientation.Vertical)
    assert isinstance(part, ViewGroup)
    return Group(part.names, part.front)


def fits(part: QWidget, wanted: Part) -> bool:
    """Whether there are the same groups inside each other already: their directions, shares and fronts may be others."""
    if isinstance(part, ViewSplit):
        return isinstance(wanted, Split) and len(part.parts) == len(wanted.parts) and all(map(fits, part.parts, wanted.parts))
    return isinstance(part, ViewGroup) and isinstance(wanted, Group) and part.names == wanted.views


def adapt(part: QWidget, wanted: Part) -> None:
    """Give what `fits` the directions, shares and fronts of an arrangement."""
    if isinstance(part, ViewSplit) and isinstance(wanted, Split):
        part.divide(wanted)
        for each, inner in zip(part.parts, wanted.parts, strict=True):
            adapt(each, inner)
    elif isinstance(part, ViewGroup) and isinstance(wanted, Group):
        part.turn_to(wanted.shown)
