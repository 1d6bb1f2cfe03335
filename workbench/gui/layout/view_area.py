"""The area of equal views: each can be dragged, moved by keys, split off and maximized.

Why our own, and neither of the two libraries there are (looked at in November 2026): PySide6-QtAds (LGPL 2.1, alive, 0.6 MB)
demands one exact release of PySide6, at this time 6.12.0, which aborts under Python before 3.12. Qt's QDockWidget needs a title
bar above its tabs to be dragged, knows neither keys nor maximizing, gives its tab bar to nobody, and restores a layout only from
a binary blob of the same window. Here an arrangement is a value (`arrangement`), and showing one is two splitter calls a part.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from workbench.gui.layout.arrangement import Group, Part, Side, groups_of, joined, neighbor, settled, split_off
from workbench.gui.layout.built_parts import adapt, fits, read, show_only
from workbench.gui.layout.view_dragging import ViewDragging
from workbench.gui.layout.view_group import ViewGroup
from workbench.gui.layout.view_moves import ViewMoves
from workbench.gui.layout.view_split import ViewSplit
from workbench.gui.layout.view_titles import ViewTitles


class ViewArea(QWidget):
    """Shows views, given by `add`, in an arrangement. The widgets stay the same whatever becomes of the arrangement.

    Signals: `changed()` after the person moved a view or a border or turned to another tab; `maximized_changed(str view)`, ""
    when the arrangement is seen again; `front_changed()` when another view may have come to the front of its group;
    `arranged()` when views have got other places, whoever moved them.
    """

    changed = Signal()
    maximized_changed = Signal(str)
    front_changed = Signal()
    arranged = Signal()

    def __init__(self, actions: Sequence[QAction] = (), parent: QWidget | None = None) -> None:
        """`actions` are what the menu of a tab offers."""
        super().__init__(parent)
        self._actions = actions
        self._views: dict[str, QWidget] = {}
        self._titles = ViewTitles(self._group_of)
        self._moves = ViewMoves(self._views, self)
        self._moves.moved.connect(self.arranged)
        self._root: QWidget | None = None
        self._groups: list[ViewGroup] = []
        self._icon = QIcon()
        self._looked_at = ""
        self.is_arranging = False
        """Whether another arrangement is being shown, which takes most of a turn."""
        self.maximized = ""
        """The view that has the area to itself; "" if none."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._dragging = ViewDragging(self)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]  # there is one

    # --- what is shown

    def add(self, name: str, view: QWidget, title: str) -> None:
        """Give a view, before it is shown in an arrangement."""
        self._views[name] = view
        self._titles.name(name, title)

    def show_arrangement(self, arrangement: Part) -> None:
        """Arrange the views like this, as far as it fits them. A view with the focus keeps it."""
        focused = self.window().focusWidget()
        self.is_arranging = True
        wanted = settled(arrangement, tuple(self._views))
        if self._root is not None and fits(self._root, wanted):
            adapt(self._root, wanted)
        else:
            self._replace(wanted)
        for name in self.fronts:
            self._moves.move(name)
        self._show_maximized()
        self.is_arranging = False
        if focused is not None and self.isAncestorOf(focused):
            focused.setFocus()
        self.front_changed.emit()
        self.arranged.emit()

    def arrangement(self) -> Part:
        """How the views are arranged now, with the borders where the person has put them."""
        assert self._root is not None, "show_arrangement comes first"
        return read(self._root)

    def set_title(self, name: str, title: str) -> None:
        """Set what a view's tab says."""
        self._titles.name(name, title)

    def title(self, name: str) -> str:
        """What a view's tab says."""
        return self._titles.of(name)

    def mark(self, name: str, icon: QIcon, tip: str) -> None:
        """Mark a view's tab with an icon and say why; a null icon and "" end that."""
        self._titles.mark(name, icon, tip)

    def set_icon(self, icon: QIcon) -> None:
        """Set the icon of the buttons that maximize."""
        self._icon = icon
        for group in self._groups:
            group.maximize.setIcon(icon)

    # --- the view that is looked at

    @property
    def current(self) -> str:
        """The view that the commands are about: the one with the focus, or that had it last and is in front still."""
        fronts = self.fronts
        self._looked_at = next((group.front for group in self._groups if self._has_focus(group)), self._looked_at)
        return self._looked_at if self._looked_at in fronts else fronts[0]

    @property
    def groups(self) -> Sequence[ViewGroup]:
        """The groups, from the upper left to the lower right."""
        return self._groups

    @property
    def fronts(self) -> tuple[str, ...]:
        """The views in front, a group's each. Hidden behind a maximized one they count too."""
        return tuple(group.front for group in self._groups)

    def view(self, name: str) -> QWidget:
        """The widget of a view."""
        return self._views[name]

    def tabs_of(self, name: str) -> QWidget:
        """The tabs of the group of a view."""
        return self._placed(name).tabBar()

    def group_front(self, name: str) -> str:
        """The view in front in the group of a view."""
        return self._placed(name).front

    def bring_to_front(self, name: str) -> None:
        """Let a view be seen. If another one is maximized, this one is from now on."""
        self._looked_at = name
        self._placed(name).turn_to(name)
        if self.maximized and self.maximized != name:
            self._maximize(name)

    # --- what the person does

    def move_view(self, name: str, side: Side) -> None:
        """Move a view into the group at that side; where there is none, into a new one there."""
        now = self.arrangement()
        beside = neighbor(now, name, side)
        self.rearrange(name, split_off(now, name, name, side) if beside is None else joined(now, name, beside))

    def toggle_maximized(self, name: str) -> None:
        """Give a view the whole area, or show the arrangement again."""
        self._maximize("" if self.maximized == name else name)

    def _maximize(self, name: str) -> None:
        self.maximized = name
        if name:
            self._placed(name).turn_to(name)
        self._show_maximized()
        self.maximized_changed.emit(name)

    def rearrange(self, name: str, arrangement: Part) -> None:
        """Arrange the views like this because the person has moved one, which then has the focus."""
        if arrangement == self.arrangement():
            return
        self.maximized = ""
        self.show_arrangement(arrangement)
        self.bring_to_front(name)
        self._views[name].setFocus()
        self.changed.emit()

    # --- inside

    def _replace(self, wanted: Part) -> None:
        former, self._groups = self._root, []
        self._root = self._build(wanted)
        self._column.addWidget(self._root)
        for group, part in zip(self._groups, groups_of(wanted), strict=True):
            self._fill(group, part)
        self._moves.begin([page for group in self._groups for page in group.pages], former)

    def _build(self, part: Part) -> QWidget:
        if isinstance(part, Group):
            return self._build_group()
        splitter = ViewSplit(part, [self._build(each) for each in part.parts])
        splitter.splitterMoved.connect(self._on_changed)
        return splitter

    def _build_group(self) -> ViewGroup:
        group = ViewGroup(self._actions)
        group.maximize.setIcon(self._icon)
        self._dragging.follow(group)
        group.front_changed.connect(self._on_front_changed)
        group.maximize_wanted.connect(self.toggle_maximized)
        self._groups.append(group)
        return group

    def _fill(self, group: ViewGroup, part: Group) -> None:
        for name in part.views:
            group.add(name, self._titles.of(name))
            self._titles.show(name)
        group.turn_to(part.shown)

    def _group_of(self, name: str) -> ViewGroup | None:
        return next((group for group in self._groups if name in group.names), None)

    def _has_focus(self, part: QWidget) -> bool:
        focused = self.window().focusWidget()
        return focused is not None and part.isAncestorOf(focused)

    def _placed(self, name: str) -> ViewGroup:
        return next(group for group in self._groups if name in group.names)

    def _show_maximized(self) -> None:
        if self._root is not None:
            show_only(self._root, self._group_of(self.maximized) if self.maximized else None)

    def _on_changed(self, *_: object) -> None:
        if not self.is_arranging:
            self.changed.emit()

    def _on_front_changed(self, name: str) -> None:
        if not self.is_arranging:
            self._moves.move(name)
            self.arranged.emit()
            self.front_changed.emit()
            self.changed.emit()

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isAncestorOf(now) and not self.is_arranging:  # views that change their place lose the focus
            self._looked_at = self.current
