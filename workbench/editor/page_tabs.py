"""One group of tabs: a page per open file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QTabBar, QTabWidget, QWidget

from workbench.editor.bar import small_button
from workbench.editor.colors import EditorColors
from workbench.editor.editor_page import EditorPage
from workbench.editor.tab_bar import FlatTabBar


class PageTabs(QTabWidget):
    """A dot marks unsaved text. Tabs can be dragged, so indexes do not last."""

    def __init__(self, actions: Sequence[QAction] = (), parent: QWidget | None = None) -> None:
        """`actions` are what the menu of a tab offers."""
        super().__init__(parent)
        self._actions = actions
        self.bar = FlatTabBar(self)
        self.setTabBar(self.bar)
        self.setDocumentMode(True)
        self.bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.bar.customContextMenuRequested.connect(self._on_menu)
        self.currentChanged.connect(self._on_front_changed)

    def add(self, page: EditorPage) -> None:
        """Add a page at the right end, with a close button. `name_tabs` comes after that."""
        index = self.addTab(page, "")
        close = small_button("×", self.tr("Close"), self.bar)
        close.clicked.connect(page.choose_close)  # by page and not by index, because tabs can be dragged
        self.bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, close)

    def remove(self, page: EditorPage) -> None:
        """Take a page out; it is not deleted."""
        self.removeTab(self.indexOf(page))

    def pages(self) -> list[EditorPage]:
        """Return the pages from left to right."""
        pages = (self.widget(index) for index in range(self.count()))
        return [page for page in pages if isinstance(page, EditorPage)]

    def current_page(self) -> EditorPage | None:
        """Return the page in front; None without pages."""
        page = self.currentWidget()
        return page if isinstance(page, EditorPage) else None

    def name_tabs(self, titles: Mapping[str, str]) -> None:
        """Title all tabs anew; `titles` has those of all paths, without the dots."""
        for index, page in enumerate(self.pages()):
            mark = " ●" if page.editor.is_modified else self.tr(" (read only)") if page.editor.is_read_only else ""
            self.setTabText(index, f"{titles[page.file.path]}{mark}")
            self.setTabToolTip(index, page.file.path)

    def turn(self, step: int) -> None:
        """Go to a tab to the right, or to the left if negative, and round at the ends."""
        if self.count():
            self.setCurrentIndex((self.currentIndex() + step) % self.count())
            self.currentWidget().setFocus()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw the tab bar in these colors."""
        self.bar.set_colors(colors)

    def _on_front_changed(self, _index: int) -> None:
        """Let who goes to the group be able to type: tabs themselves take no text."""
        page = self.current_page()
        if page is not None:
            self.setFocusProxy(page.editor.view)

    def _on_menu(self, point: QPoint) -> None:
        """Turn to the tab that the menu is about: its commands are those of the current one."""
        index = self.bar.tabAt(point)
        if index >= 0:
            self.setCurrentIndex(index)
        if (page := self.current_page()) is not None:
            page.setFocus()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._actions)
        menu.popup(self.bar.mapToGlobal(point))  # not exec(): a nested loop would run asyncio's callbacks inside a slot


def free_path(path: str, taken: Sequence[str]) -> str:
    """Return a path like `path`, with a number before its suffix, that is not taken."""
    stem, dot, suffix = path.rpartition(".")
    names = (f"{stem}-{number}{dot}{suffix}" for number in count(2))
    return next(name for name in names if name not in taken)
