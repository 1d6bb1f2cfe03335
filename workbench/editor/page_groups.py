"""The pages of the editor: one group of tabs, or two beside each other.

The second group is made when something is put there, and goes with its last page. A page is in one of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from workbench.editor.colors import DARK_COLORS, EditorColors
from workbench.editor.editor_page import EditorPage, short_titles
from workbench.editor.page_dragging import PageDragging
from workbench.editor.page_tabs import PageTabs, free_path

SHARE = 0.36
"""The second group's share of the width, until the person moves the border."""


class PageGroups(QSplitter):
    """What the person does is about the current group: the one that the focus is in, or was in last."""

    current_changed = Signal()
    """Another page is in front, or the person went to the other group."""
    share_changed = Signal(float)
    """The person moved the border between the groups."""
    moved = Signal(str, bool)
    """The path of a page that the person moved to the other group, and whether it is beside the others now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self._colors = DARK_COLORS
        self._share = SHARE
        self.menu_actions: list[QAction] = []
        """What the menu of a tab offers; the window has these commands too."""
        self._groups: list[PageTabs] = []
        self._dragging = PageDragging(self, parent or self)
        self._current = self._add_group()
        self._told: tuple[PageTabs, EditorPage | None] | None = None
        self.splitterMoved.connect(self._on_moved)

    # --- looking -----------------------------------------------------------------------------------------------

    @property
    def groups(self) -> Sequence[PageTabs]:
        """One group or two, from the first to the one at its side."""
        return self._groups

    @property
    def is_divided(self) -> bool:
        """Whether there are two groups."""
        return len(self._groups) > 1

    @property
    def current(self) -> PageTabs:
        """The group that the person is in."""
        focused = self.window().focusWidget() if self.is_divided else None
        if focused is not None:
            self._current = next((group for group in self._groups if group.isAncestorOf(focused)), self._current)
        return self._current

    def pages(self) -> list[EditorPage]:
        """Return all pages, from left to right."""
        return [page for group in self._groups for page in group.pages()]

    def paths(self) -> list[str]:
        """Return all open files, from left to right."""
        return [page.file.path for page in self.pages()]

    def page_of(self, path: str) -> EditorPage | None:
        """Return the page of a file; None if it is not open."""
        return next((page for page in self.pages() if page.file.path == path), None)

    def current_page(self) -> EditorPage | None:
        """Return the page that the person is in; None without pages."""
        return self.current.current_page()

    def is_beside(self, page: EditorPage) -> bool:
        """Whether a page is in the second group."""
        return self.is_divided and self._groups[1].indexOf(page) >= 0

    def free_path(self, path: str) -> str:
        """Return a path like `path`, with a number before its suffix, of which no page is open."""
        return free_path(path, self.paths())

    def title_of(self, page: EditorPage) -> str:
        """Return the page's title, without the dot."""
        return self._titles()[page.file.path]

    # --- changing ----------------------------------------------------------------------------------------------

    def add(self, page: EditorPage) -> None:
        """Add a page at the right end of the first group."""
        page.modified.connect(self._on_modified)
        self._groups[0].add(page)
        self.name_tabs()

    def show_page(self, page: EditorPage) -> None:
        """Bring a page to the front of its group, and go there."""
        self._current = self._group_of(page)
        self._current.setCurrentWidget(page)
        self._tell()

    def put_beside(self, page: EditorPage) -> None:
        """Bring a page to the front of the second group. The focus stays where it is, and so does the only page of all."""
        if not self.is_beside(page):
            self._move(page)
        if self.is_beside(page):
            self._groups[1].setCurrentWidget(page)

    def put_back(self, page: EditorPage) -> None:
        """Move a page from the second group to the first, behind what is in front there."""
        if self.is_beside(page):
            self._move(page)

    @property
    def can_move(self) -> bool:
        """Whether `move_current` has anything to do: the only page of all stays where it is."""
        return self.is_divided or self._groups[0].count() > 1

    def move_current(self) -> None:
        """Move the current page to the other group, with the focus."""
        page = self.current_page()
        if page is not None and self.can_move:
            self._move(page)
            self.show_page(page)
            page.setFocus()
            self.moved.emit(page.file.path, self.is_beside(page))

    def remove(self, page: EditorPage) -> None:
        """Take a page out; a group without pages goes, unless it is the only one."""
        group, focused = self._group_of(page), self.window().focusWidget()
        has_focus = focused is not None and group.isAncestorOf(focused)
        group.remove(page)
        if self._drop_if_empty(group) and has_focus and (left := self.current_page()) is not None:
            left.setFocus()

    def name_tabs(self) -> None:
        """Title all tabs anew: one opened, closed or renamed file can change what tells the others apart."""
        titles = self._titles()
        for group in self._groups:
            group.name_tabs(titles)

    def next_tab(self) -> None:
        """Go to the tab to the right in the current group; from the last one, to the first."""
        self.current.turn(1)

    def previous_tab(self) -> None:
        """Go to the tab to the left in the current group; from the first one, to the last."""
        self.current.turn(-1)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw the tab bars in these colors."""
        self._colors = colors
        for group in self._groups:
            group.set_colors(colors)

    @property
    def share(self) -> float:
        """The second group's share of the width."""
        return self._share

    def set_share(self, share: float) -> None:
        """Set the second group's share of the width, also of one that is made later."""
        self._share = share
        self.setSizes([round((1 - share) * 10_000), round(share * 10_000)])

    # --- inside ------------------------------------------------------------------------------------------------

    def _titles(self) -> dict[str, str]:
        paths = self.paths()
        return dict(zip(paths, short_titles(paths), strict=True))

    def _group_of(self, page: EditorPage) -> PageTabs:
        return next(group for group in self._groups if group.indexOf(page) >= 0)

    def _add_group(self) -> PageTabs:
        group = PageTabs(self.menu_actions, self)
        group.set_colors(self._colors)
        group.tabBar().setAccessibleName(self.tr("Open files at the side") if self._groups else self.tr("Open files"))
        group.currentChanged.connect(self._on_front_changed)
        self._dragging.follow(group)
        self._groups.append(group)
        self.addWidget(group)
        return group

    def _divide(self) -> None:
        self._add_group().show()
        self.set_share(self._share)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]  # there is one

    def _move(self, page: EditorPage) -> None:
        """Move a page to the other group, which is made if there is none; a page that is alone stays."""
        here = self._group_of(page)
        if not self.is_divided:
            if here.count() == 1:
                return
            self._divide()
        here.remove(page)
        next(group for group in self._groups if group is not here).add(page)
        page.set_colors(self._colors)  # under a style sheet, Qt has put the palettes back that its parts had first
        self._drop_if_empty(here)
        self.name_tabs()

    def _drop_if_empty(self, group: PageTabs) -> bool:
        if group.count() or not self.is_divided:
            return False
        QApplication.instance().focusChanged.disconnect(self._on_focus_changed)  # type: ignore[union-attr]
        self._groups.remove(group)
        self._current = self._groups[0]
        self._current.tabBar().setAccessibleName(self.tr("Open files"))
        group.setParent(None)  # at once, or the splitter would still count it
        group.deleteLater()
        self._tell()
        return True

    def _tell(self) -> None:
        now = self.current, self.current.current_page()
        if now != self._told:
            self._told = now
            self.current_changed.emit()

    def _on_front_changed(self, _index: int) -> None:
        self._tell()

    def _on_focus_changed(self, _before: QWidget | None, _now: QWidget | None) -> None:
        self._tell()

    def _on_modified(self, _page: EditorPage) -> None:
        self.name_tabs()

    def _on_moved(self, *_: object) -> None:
        first_px, second_px = self.sizes()
        if first_px and second_px:
            self._share = second_px / (first_px + second_px)
            self.share_changed.emit(self._share)
