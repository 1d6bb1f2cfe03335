"""All open files as tabs. The window reads and writes the disk; this makes sure that nothing the person typed is lost."""

from __future__ import annotations

from itertools import count

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QTabBar, QTabWidget, QVBoxLayout, QWidget

from workbench.editor.bar import bar_palette, small_button
from workbench.editor.close_guard import CloseGuard
from workbench.editor.code_editor import CodeEditor
from workbench.editor.colors import DARK_COLORS, EditorColors
from workbench.editor.editor_actions import add_action
from workbench.editor.editor_page import EditorPage, OpenFile, short_titles
from workbench.editor.recovery import UnsavedText
from workbench.editor.tab_bar import FlatTabBar


class EditorTabs(QWidget):
    """The tabs of one window. A path is open at most once. With `is_plain`, texts have no colors until `color`."""

    save_requested = Signal(object)
    """A `SaveRequest`: the window must write it, then call `mark_saved` or `save_failed`."""
    reload_requested = Signal(str)
    """A path that the window must read again and pass to `reload`."""
    current_changed = Signal(str)
    """The path of the current tab; "" without tabs."""
    cursor_moved = Signal(int, int)
    """Line and column of the caret in the current tab."""
    modified_changed = Signal(str, bool)
    text_edited = Signal(str)
    """The path whose text the person changed."""
    file_moved = Signal(str, str)
    """The old and the new path of an open file."""
    text_given_up = Signal(str, str)
    """Path and unsaved text that the person discards or replaces with the version on disk."""
    file_closed = Signal(str)
    all_closed = Signal()
    """Answer to `request_close_all`: nothing unsaved is left, the window may close."""
    close_cancelled = Signal()
    """Answer to `request_close_all`: the person wants to continue working."""
    font_size_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None, *, is_plain: bool = False) -> None:
        super().__init__(parent)
        self.actions_by_id: dict[str, QAction] = {}
        self._colors = DARK_COLORS
        self._font_family = ""
        self._font_size_pt = 0.0
        self._closes_all = False
        self._is_plain = is_plain
        self._tabs = QTabWidget(self)
        self._bar = FlatTabBar(self._tabs)
        self._tabs.setTabBar(self._bar)
        self._tabs.setDocumentMode(True)
        self._guard = CloseGuard(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._tabs)
        self._connect()
        self._add_actions()
        self.set_colors(DARK_COLORS)

    # --- files -------------------------------------------------------------------------------------------------

    def open_file(self, path: str, text: str, *, eol: str = "\n", encoding: str = "utf-8", disk_token: str = "") -> CodeEditor:
        """Show a file in the current tab; one that is already open keeps its text."""
        page = self._page_of(path)
        if page is None:
            page = self._add_page(OpenFile(path=path, eol=eol, encoding=encoding, disk_token=disk_token), text)
        self._tabs.setCurrentWidget(page)
        page.setFocus()
        return page.editor

    def open_recovered(self, unsaved: UnsavedText, disk_text: str = "") -> CodeEditor:
        """Show a text that an earlier window could not save, modified and one undo step away from what is on disk."""
        editor = self.open_file(unsaved.path, disk_text, eol=unsaved.eol, encoding=unsaved.encoding,
                                disk_token=unsaved.disk_token)
        cursor = editor.view.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(unsaved.text)
        editor.goto(1)
        return editor

    def mark_saved(self, path: str, text: str, disk_token: str) -> None:
        """Note that the text of a `SaveRequest` is on disk. A tab that was waiting to close closes now."""
        page = self._page_of(path)
        if page is None:
            return
        page.mark_saved(text, disk_token)
        if page.closes_after_save:
            page.closes_after_save = False
            self._close_or_ask(page)

    def save_failed(self, path: str) -> None:
        """Note that the text could not be written: the tab stays, and closing the window is called off."""
        page = self._page_of(path)
        if page is not None:
            page.closes_after_save = False
            self._call_off()

    def reload(self, path: str, text: str, disk_token: str) -> None:
        """Show the version on disk, as requested with `reload_requested`."""
        page = self._page_of(path)
        if page is not None:
            self._give_up(page)
            page.load(text, disk_token)

    def merge(self, path: str, text: str, disk_token: str) -> None:
        """Show the unsaved text merged with the version that another program wrote to disk."""
        page = self._page_of(path)
        if page is not None:
            page.merge(text, disk_token)

    def file_changed_on_disk(self, path: str, disk_token: str) -> None:
        """Note that another program wrote the file: an unmodified tab is reloaded, a modified one asks."""
        page = self._page_of(path)
        if page is not None and page.meet_disk(disk_token):
            self.reload_requested.emit(path)

    def file_removed_on_disk(self, path: str) -> None:
        """Note that another program deleted the file: its text becomes unsaved."""
        page = self._page_of(path)
        if page is not None:
            page.meet_removal()

    def file_returned(self, path: str, text: str) -> None:
        """Note that a deleted file is back, with the text it had."""
        page = self._page_of(path)
        if page is not None:
            page.meet_return(text)

    def follow(self, path: str, new_path: str) -> None:
        """Follow a renamed or moved file: its tab keeps text, caret and undo history."""
        page = self._page_of(path)
        if page is None or path == new_path:
            return
        # A tab may already have the new path although its file is gone: its text is kept, under a free name.
        for other in self._pages():
            if other.file.path == new_path:
                self.follow(new_path, self._free_path(new_path))
        page.follow(new_path)  # only now: `_page_of` finds a page by its path, which must be unique at any time
        self._name_tabs()
        self.file_moved.emit(path, new_path)
        if page is self._current_page():
            self.current_changed.emit(new_path)

    def _free_path(self, path: str) -> str:
        stem, dot, suffix = path.rpartition(".")
        names = (f"{stem}-{number}{dot}{suffix}" for number in count(2))
        return next(name for name in names if self._page_of(name) is None)

    def save(self, path: str = "") -> None:
        """Ask the window to write a file; without a path, the current one."""
        page = self._page_of(path) if path else self._current_page()
        if page is not None:
            self.save_requested.emit(page.save_request())

    def save_all(self) -> None:
        """Ask the window to write every modified file."""
        for path in self.unsaved_paths():
            self.save(path)

    # --- closing -----------------------------------------------------------------------------------------------

    def request_close(self, path: str) -> None:
        """Close a tab; if it has unsaved text, ask the person first."""
        page = self._page_of(path)
        if page is not None and not self._guard.is_asking:
            self._close_or_ask(page)

    def request_close_all(self) -> None:
        """Close all tabs before the window closes; answers with `all_closed` or `close_cancelled`."""
        if not self._guard.is_asking:
            self._closes_all = True
            self._close_next()

    def _close_current(self) -> None:
        page = self._current_page()
        if page is not None:
            self.request_close(page.file.path)

    def _close_page(self, page: EditorPage) -> None:
        self.request_close(page.file.path)

    def _close_next(self) -> None:
        """Close the next tab. Unsaved ones come first, so that the others are still open if the person decides to continue."""
        pages = sorted(self._pages(), key=lambda page: not page.editor.is_modified)
        if pages:
            self._close_or_ask(pages[0])
        else:
            self._closes_all = False
            self.all_closed.emit()

    def _close_or_ask(self, page: EditorPage) -> None:
        if page.editor.is_modified:
            self._tabs.setCurrentWidget(page)
            self._guard.ask(page, self._titles()[self._tabs.indexOf(page)])
        else:
            self._remove(page)

    def _save_then_close(self, page: EditorPage) -> None:
        page.closes_after_save = True
        self.save_requested.emit(page.save_request())

    def _give_up(self, page: EditorPage) -> None:
        if page.editor.is_modified:
            self.text_given_up.emit(page.file.path, page.editor.text())

    def _remove(self, page: EditorPage) -> None:
        self._give_up(page)  # first, while the page still knows its text and its path
        self._tabs.removeTab(self._tabs.indexOf(page))
        self.file_closed.emit(page.file.path)
        page.deleteLater()
        self._name_tabs()
        if self._closes_all:
            self._close_next()

    def _call_off(self, _page: object = None) -> None:
        if self._closes_all:
            self._closes_all = False
            self.close_cancelled.emit()

    # --- looking -----------------------------------------------------------------------------------------------

    def paths(self) -> list[str]:
        """Return the open files from left to right."""
        return [page.file.path for page in self._pages()]

    def unsaved_paths(self) -> list[str]:
        """Return the files with unsaved text, from left to right."""
        return [page.file.path for page in self._pages() if page.editor.is_modified]

    def unsaved(self, path: str) -> UnsavedText | None:
        """Return the unsaved text of a file; None if it is closed or as on disk."""
        page = self._page_of(path)
        return page.unsaved() if page is not None and page.editor.is_modified else None

    def current_path(self) -> str:
        """Return the path of the current tab; "" without tabs."""
        page = self._current_page()
        return page.file.path if page is not None else ""

    def current_editor(self) -> CodeEditor | None:
        """Return the editor of the current tab; None without tabs."""
        page = self._current_page()
        return page.editor if page is not None else None

    def editor_of(self, path: str) -> CodeEditor | None:
        """Return the editor of an open file; None if it is not open."""
        page = self._page_of(path)
        return page.editor if page is not None else None

    # --- look --------------------------------------------------------------------------------------------------

    def set_colors(self, colors: EditorColors) -> None:
        """Draw everything in these colors."""
        self._colors = colors
        self._bar.set_colors(colors)
        self.setPalette(bar_palette(self.palette(), colors))
        for page in self._pages():
            page.set_colors(colors)

    def lexers(self) -> set[str]:
        """Return the Pygments aliases of the lexers that the open texts need."""
        return {page.editor.view.language.lexer for page in self._pages()}

    def color(self) -> None:
        """Start syntax coloring in all tabs; texts opened later get it from the start."""
        self._is_plain = False
        for page in self._pages():
            page.editor.view.color()

    def set_font_size(self, size_pt: float) -> None:
        """Set the font size in all tabs, in points."""
        self._font_size_pt = size_pt
        for page in self._pages():
            page.editor.code_font.set_size(size_pt)

    def set_font_family(self, family: str) -> None:
        """Set the fixed-width font family in all tabs."""
        self._font_family = family
        for page in self._pages():
            page.editor.code_font.set_family(family)

    def zoom_in(self) -> None:
        """Make the font larger in all tabs."""
        editor = self.current_editor()
        if editor is not None:
            editor.code_font.zoom_in()

    def zoom_out(self) -> None:
        """Make the font smaller in all tabs."""
        editor = self.current_editor()
        if editor is not None:
            editor.code_font.zoom_out()

    def zoom_reset(self) -> None:
        """Restore the default font size in all tabs."""
        editor = self.current_editor()
        if editor is not None:
            editor.code_font.zoom_reset()

    def next_tab(self) -> None:
        """Go to the tab to the right; from the last one, to the first."""
        self._turn(1)

    def previous_tab(self) -> None:
        """Go to the tab to the left; from the first one, to the last."""
        self._turn(-1)

    def _turn(self, step: int) -> None:
        if self._tabs.count():
            self._tabs.setCurrentIndex((self._tabs.currentIndex() + step) % self._tabs.count())
            self._tabs.currentWidget().setFocus()

    def _zoom_all(self, size_pt: float) -> None:
        self.set_font_size(size_pt)
        self.font_size_changed.emit(size_pt)

    # --- inside ------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._tabs.currentChanged.connect(self._tell_current)
        self._guard.save_chosen.connect(self._save_then_close)
        self._guard.discard_chosen.connect(self._remove)
        self._guard.cancelled.connect(self._call_off)

    def _add_actions(self) -> None:
        for action_id, text, keys, run in (
            ("editor.save", self.tr("Save"), ("Ctrl+S",), self._save_current),
            ("editor.save_all", self.tr("Save all"), ("Ctrl+Alt+S",), self.save_all),
            ("editor.close_tab", self.tr("Close tab"), ("Ctrl+W",), self._close_current),
            ("editor.next_tab", self.tr("Next tab"), ("Ctrl+Tab", "Ctrl+PgDown"), self.next_tab),
            ("editor.previous_tab", self.tr("Previous tab"), ("Ctrl+Shift+Tab", "Ctrl+PgUp"), self.previous_tab),
        ):
            add_action(self, self.actions_by_id, action_id, text, keys, run)

    def _add_page(self, file: OpenFile, text: str) -> EditorPage:
        page = EditorPage(file, text, self._tabs, is_plain=self._is_plain)
        page.set_colors(self._colors)
        if self._font_family:
            page.editor.code_font.set_family(self._font_family)
        if self._font_size_pt:
            page.editor.code_font.set_size(self._font_size_pt)
        page.changed.connect(self._tell_edited)
        page.modified.connect(self._tell_modified)
        page.reload_chosen.connect(self._ask_reload)
        page.editor.font_size_changed.connect(self._zoom_all)
        page.caret_moved.connect(self._tell_caret)
        page.close_chosen.connect(self._close_page)
        index = self._tabs.addTab(page, "")
        close = small_button("✕", self.tr("Close"), self._bar)
        close.clicked.connect(page.choose_close)  # by page and not by index, because tabs can be dragged
        self._bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, close)
        self._name_tabs()
        return page

    def _name_tabs(self) -> None:
        for index, (page, title) in enumerate(zip(self._pages(), self._titles(), strict=True)):
            self._tabs.setTabText(index, f"{title} ●" if page.editor.is_modified else title)
            self._tabs.setTabToolTip(index, page.file.path)

    def _titles(self) -> list[str]:
        return short_titles(self.paths())

    def _pages(self) -> list[EditorPage]:
        pages = (self._tabs.widget(index) for index in range(self._tabs.count()))
        return [page for page in pages if isinstance(page, EditorPage)]

    def _page_of(self, path: str) -> EditorPage | None:
        return next((page for page in self._pages() if page.file.path == path), None)

    def _current_page(self) -> EditorPage | None:
        page = self._tabs.currentWidget()
        return page if isinstance(page, EditorPage) else None

    def _save_current(self) -> None:
        self.save()

    def _ask_reload(self, page: EditorPage) -> None:
        self.reload_requested.emit(page.file.path)

    def _tell_current(self, _index: int) -> None:
        self.current_changed.emit(self.current_path())
        editor = self.current_editor()
        if editor is not None:
            self.cursor_moved.emit(*editor.caret())

    def _tell_caret(self, page: EditorPage, line: int, column: int) -> None:
        if page is self._current_page():
            self.cursor_moved.emit(line, column)

    def _tell_edited(self, page: EditorPage) -> None:
        self.text_edited.emit(page.file.path)

    def _tell_modified(self, page: EditorPage) -> None:
        self._name_tabs()
        self.modified_changed.emit(page.file.path, page.editor.is_modified)
