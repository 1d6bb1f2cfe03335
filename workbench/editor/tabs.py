"""All open files as tabs. The window reads and writes the disk; this makes sure that nothing the person typed is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.editor.code_editor import CodeEditor
from workbench.editor.editor_actions import add_action
from workbench.editor.editor_look import EditorLook
from workbench.editor.editor_page import EditorPage, OpenFile
from workbench.editor.page_groups import PageGroups
from workbench.editor.tab_closer import TabCloser

if TYPE_CHECKING:  # made of msgspec's values, which the first paint does without
    from workbench.editor.recovery import UnsavedText


class EditorTabs(QWidget):
    """The tabs of one window, in one group or two. A path is open at most once.

    With `is_plain`, texts have no colors until `look.color`.
    """

    save_requested = Signal(object)
    """A `SaveRequest`: the window must write it, then call `mark_saved` or `save_failed`."""
    reload_requested = Signal(str)
    """A path that the window must read again and pass to the `load` of its page."""
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
        self.groups = PageGroups(self)
        self.look = EditorLook(self.groups, self, is_plain=is_plain)
        self._closer = TabCloser(self.groups)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.groups)
        self._connect()
        self._add_actions()

    # --- files -------------------------------------------------------------------------------------------------

    def open_file(
        self, path: str, text: str, *, eol: str = "\n", encoding: str = "utf-8", disk_token: str = "", is_beside: bool = False,
    ) -> CodeEditor:
        """Show a file and go there; one that is already open keeps its text.

        `is_beside`: show it beside the others, and leave the focus where it is.
        """
        page = self.page_of(path)
        if page is None:
            page = self._add_page(OpenFile(path=path, eol=eol, encoding=encoding, disk_token=disk_token), text)
        if is_beside:
            self.groups.put_beside(page)
        else:
            self.groups.show_page(page)
            page.setFocus()
        return page.editor

    def make_read_only(self, path: str) -> None:
        """Let an open file be looked at only."""
        editor = self.editor_of(path)
        if editor is not None:
            editor.set_read_only()
            self.groups.name_tabs()

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
        page = self.page_of(path)
        if page is not None:
            page.mark_saved(text, disk_token)
            self._closer.note_saved(page)

    def save_failed(self, path: str) -> None:
        """Note that the text could not be written: the tab stays, and closing the window is called off."""
        page = self.page_of(path)
        if page is not None:
            self._closer.note_save_failed(page)

    def follow(self, path: str, new_path: str) -> None:
        """Follow a renamed or moved file: its tab keeps text, caret and undo history."""
        page = self.page_of(path)
        if page is None or path == new_path:
            return
        # A tab may already have the new path although its file is gone: its text is kept, under a free name.
        if self.page_of(new_path) is not None:
            self.follow(new_path, self.groups.free_path(new_path))
        page.follow(new_path)  # only now: `page_of` finds a page by its path, which must be unique at any time
        self.groups.name_tabs()
        self.file_moved.emit(path, new_path)
        if page is self.groups.current_page():
            self.current_changed.emit(new_path)

    def save(self, path: str = "") -> None:
        """Ask the window to write a file; without a path, the current one."""
        page = self.page_of(path) if path else self.groups.current_page()
        if page is not None:
            self._ask_save(page)

    def save_all(self) -> None:
        """Ask the window to write every modified file."""
        for path in self.unsaved_paths():
            self.save(path)

    # --- closing -----------------------------------------------------------------------------------------------

    def request_close(self, path: str) -> None:
        """Close a tab; if it has unsaved text, ask the person first."""
        page = self.page_of(path)
        if page is not None:
            self._closer.close(page)

    def request_close_all(self) -> None:
        """Close all tabs before the window closes; answers with `all_closed` or `close_cancelled`."""
        self._closer.close_all()

    def _close_current(self) -> None:
        page = self.groups.current_page()
        if page is not None:
            self._closer.close(page)

    # --- looking -----------------------------------------------------------------------------------------------

    def paths(self) -> list[str]:
        """Return the open files from left to right."""
        return self.groups.paths()

    def unsaved_paths(self) -> list[str]:
        """Return the files with unsaved text, from left to right."""
        return [page.file.path for page in self.groups.pages() if page.editor.is_modified]

    def unsaved(self, path: str) -> UnsavedText | None:
        """Return the unsaved text of a file; None if it is closed or as on disk."""
        page = self.page_of(path)
        return page.unsaved() if page is not None and page.editor.is_modified else None

    def current_path(self) -> str:
        """Return the path of the current tab; "" without tabs."""
        page = self.groups.current_page()
        return page.file.path if page is not None else ""

    def current_editor(self) -> CodeEditor | None:
        """Return the editor of the current tab; None without tabs."""
        page = self.groups.current_page()
        return page.editor if page is not None else None

    @property
    def is_closing_all(self) -> bool:
        """Whether all tabs are being closed, perhaps because the window is."""
        return self._closer.is_closing_all

    def page_of(self, path: str) -> EditorPage | None:
        """Return the page of an open file, to tell it what became of the file on disk; None if it is not open."""
        return self.groups.page_of(path)

    def editor_of(self, path: str) -> CodeEditor | None:
        """Return the editor of an open file; None if it is not open."""
        page = self.page_of(path)
        return page.editor if page is not None else None

    # --- inside ------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.groups.current_changed.connect(self._tell_current)
        self._closer.save_chosen.connect(self._ask_save)
        self._closer.closed.connect(self.file_closed)
        self._closer.all_closed.connect(self.all_closed)
        self._closer.close_cancelled.connect(self.close_cancelled)
        self.look.font_size_changed.connect(self.font_size_changed)

    def _add_actions(self) -> None:
        for action_id, text, keys, run in (
            ("editor.save", self.tr("Save"), ("Ctrl+S",), self._save_current),
            ("editor.save_all", self.tr("Save all"), ("Ctrl+Alt+S",), self.save_all),
            ("editor.close_tab", self.tr("Close tab"), ("Ctrl+W",), self._close_current),
            ("editor.next_tab", self.tr("Next tab"), ("Ctrl+Tab", "Ctrl+PgDown"), self.groups.next_tab),
            ("editor.previous_tab", self.tr("Previous tab"), ("Ctrl+Shift+Tab", "Ctrl+PgUp"), self.groups.previous_tab),
        ):
            add_action(self, self.actions_by_id, action_id, text, keys, run)

    def _add_page(self, file: OpenFile, text: str) -> EditorPage:
        page = EditorPage(file, text, self, is_plain=self.look.is_plain)  # any child of the groups would be one
        self.look.dress(page)
        self.groups.add(page)
        page.changed.connect(self._tell_edited)
        page.modified.connect(self._tell_modified)
        page.reload_wanted.connect(self._ask_reload)
        page.caret_moved.connect(self._tell_caret)
        page.close_chosen.connect(self._closer.close)
        page.given_up.connect(self.text_given_up)
        return page

    def _save_current(self) -> None:
        self.save()

    def _ask_save(self, page: EditorPage) -> None:
        self.save_requested.emit(page.save_request())

    def _ask_reload(self, page: EditorPage) -> None:
        self.reload_requested.emit(page.file.path)

    def _tell_current(self) -> None:
        self.current_changed.emit(self.current_path())
        editor = self.current_editor()
        if editor is not None:
            self.cursor_moved.emit(*editor.caret())

    def _tell_caret(self, page: EditorPage, line: int, column: int) -> None:
        if page is self.groups.current_page():
            self.cursor_moved.emit(line, column)

    def _tell_edited(self, page: EditorPage) -> None:
        self.text_edited.emit(page.file.path)

    def _tell_modified(self, page: EditorPage) -> None:
        self.modified_changed.emit(page.file.path, page.editor.is_modified)
