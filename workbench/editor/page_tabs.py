"""The tab widget: one page per open file, found by its path."""

from __future__ import annotations

from itertools import count

from PySide6.QtWidgets import QTabBar, QTabWidget, QWidget

from workbench.editor.bar import small_button
from workbench.editor.colors import EditorColors
from workbench.editor.editor_page import EditorPage, short_titles
from workbench.editor.tab_bar import FlatTabBar


class PageTabs(QTabWidget):
    """Titles tell files of the same name apart, and a dot marks unsaved text. Tabs can be dragged, so indexes do not last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = FlatTabBar(self)
        self.setTabBar(self._bar)
        self.setDocumentMode(True)

    def add(self, page: EditorPage) -> None:
        """Add a page at the right end, with a close button."""
        page.modified.connect(self._on_modified)
        index = self.addTab(page, "")
        close = small_button("✕", self.tr("Close"), self._bar)
        close.clicked.connect(page.choose_close)  # by page and not by index, because tabs can be dragged
        self._bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, close)
        self.name_tabs()

    def pages(self) -> list[EditorPage]:
        """Return the pages from left to right."""
        pages = (self.widget(index) for index in range(self.count()))
        return [page for page in pages if isinstance(page, EditorPage)]

    def paths(self) -> list[str]:
        """Return the open files from left to right."""
        return [page.file.path for page in self.pages()]

    def page_of(self, path: str) -> EditorPage | None:
        """Return the page of a file; None if it is not open."""
        return next((page for page in self.pages() if page.file.path == path), None)

    def current_page(self) -> EditorPage | None:
        """Return the page in front; None without pages."""
        page = self.currentWidget()
        return page if isinstance(page, EditorPage) else None

    def free_path(self, path: str) -> str:
        """Return a path like `path`, with a number before its suffix, of which no page is open."""
        stem, dot, suffix = path.rpartition(".")
        names = (f"{stem}-{number}{dot}{suffix}" for number in count(2))
        return next(name for name in names if self.page_of(name) is None)

    def title_of(self, page: EditorPage) -> str:
        """Return the page's title, without the dot."""
        return short_titles(self.paths())[self.indexOf(page)]

    def name_tabs(self) -> None:
        """Title all tabs anew: one opened, closed or renamed file can change what tells the others apart."""
        for index, (page, title) in enumerate(zip(self.pages(), short_titles(self.paths()), strict=True)):
            mark = " ●" if page.editor.is_modified else self.tr(" (read only)") if page.editor.is_read_only else ""
            self.setTabText(index, f"{title}{mark}")
            self.setTabToolTip(index, page.file.path)

    def next_tab(self) -> None:
        """Go to the tab to the right; from the last one, to the first."""
        self._turn(1)

    def previous_tab(self) -> None:
        """Go to the tab to the left; from the first one, to the last."""
        self._turn(-1)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw the tab bar in these colors."""
        self._bar.set_colors(colors)

    def _turn(self, step: int) -> None:
        if self.count():
            self.setCurrentIndex((self.currentIndex() + step) % self.count())
            self.currentWidget().setFocus()

    def _on_modified(self, _page: EditorPage) -> None:
        self.name_tabs()
