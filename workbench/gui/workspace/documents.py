"""The open files: read and written by the workspace's rules, watched for changes on disk, and protected against crashes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.editor.tabs import EditorTabs
from workbench.gui.look.editor_theme import editor_colors
from workbench.gui.look.theme import Theme
from workbench.gui.workspace.crash_recovery import CrashRecovery
from workbench.gui.workspace.disk_follower import DiskFollower
from workbench.gui.workspace.disk_versions import DiskVersions
from workbench.gui.workspace.document_saver import DocumentSaver
from workbench.model.failures import WorkspaceError
from workbench.workspace.code_files import decoded, editable_files, handler_file

if TYPE_CHECKING:  # the code is shown before its function is known
    from workbench.model.function import FunctionConfiguration

_GLOBAL_SHORTCUTS = ("editor.save", "editor.save_all", "editor.close_tab")


class Documents(QObject):
    """The editor's tabs, connected with the disk: what the rest of the window opens, saves and recovers through.

    Signals: `saved(str path)`; `saved_as(str path)` with the new path; `failed(WorkspaceError)`; `changed()` when a file was
    opened, closed, edited or saved; `cursor_moved(int line, int column)`.
    """

    saved = Signal(str)
    saved_as = Signal(str)
    failed = Signal(object)
    changed = Signal()
    cursor_moved = Signal(int, int)

    def __init__(self, recovery_folder: Path, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tabs = EditorTabs(is_plain=True)
        # The window's own actions have these keys, so that they work wherever the focus is. Two actions with one key
        # would be ambiguous: Qt then triggers neither.
        for identifier in _GLOBAL_SHORTCUTS:
            self.tabs.actions_by_id[identifier].setShortcuts([])
        versions = DiskVersions()
        self._disk = DiskFollower(self.tabs, versions, self)
        self._saver = DocumentSaver(self.tabs, versions, root, self)
        self._recovery = CrashRecovery(recovery_folder, self.tabs, self._disk, self)
        self._connect()

    def open(self, path: Path) -> bool:
        """Show a file in the current tab. Returns False, after emitting `failed`, if it cannot be read."""
        try:
            self._disk.open(path)
        except WorkspaceError as error:
            self.failed.emit(error)
            return False
        self.changed.emit()
        return True

    def open_beside(self, path: Path) -> bool:
        """Show a file beside the others, with the focus where it is. Returns False, and tells nothing, if it cannot be read."""
        try:
            self._disk.open(path, is_beside=True)
        except WorkspaceError:
            return False
        self.changed.emit()
        return True

    def open_at(self, path: str, line: int, column: int, *, read_only: bool = False) -> None:
        """Show a file in the current tab with the focus in it and the caret at a line and column (from 1).

        `read_only`: unless it is open already.
        """
        is_new = path not in self.tabs.paths()
        opened = self.open(Path(path))
        if opened and is_new and read_only:
            self.tabs.make_read_only(path)
        if opened and (editor := self.tabs.current_editor()) is not None:
            editor.goto(line, column)
            editor.view.setFocus()

    def open_handler(self, function: FunctionConfiguration) -> bool:
        """Show a function's handler file, else the first editable file of its folder. Returns whether a file is shown."""
        folder = Path(function.code_path)
        path = handler_file(folder, function.runtime, function.handler)
        if path is None:
            path = next((folder / name for name in editable_files(folder)), None) if folder.is_dir() else None
        return self.open(path) if path is not None else False

    def save_current(self) -> None:
        """Save the file of the current tab."""
        self.tabs.save()

    def save_as(self, name: str, path: Path) -> None:
        """Write an open file's text to `path`, which must not exist yet, and continue with that file in the tab."""
        self._saver.save_as(name, path)

    def text_of(self, name: str, content: bytes) -> str:
        """Decode a version of a file. Raises WorkspaceError if it is not text."""
        return decoded(Path(name), content).text

    def put_in(self, name: str, content: bytes) -> None:
        """Replace an open file's text with another version, unsaved; undo restores the present one. Raises WorkspaceError."""
        editor, text = self.tabs.editor_of(name), self.text_of(name, content)
        if editor is not None:
            editor.replace_text(text)

    def save_all(self) -> None:
        """Save every modified file."""
        self.tabs.save_all()

    def close_current(self) -> None:
        """Close the current tab; if it has unsaved text, ask first."""
        if self.tabs.current_path():
            self.tabs.request_close(self.tabs.current_path())

    def save_for(self, folder: Path, *files: Path) -> None:
        """Save the modified files below `folder`, and `files`. Raises WorkspaceError if one could not be written."""
        self._saver.save_for(folder, *files)

    def can_recover(self) -> bool:
        """Whether a window that no longer runs left unsaved text behind."""
        return self._recovery.can_recover()

    def recover(self) -> int:
        """Open the texts that a window which no longer runs could not save. Returns their number."""
        return self._recovery.recover()

    def keep_now(self) -> None:
        """Write all unsaved texts to the recovery folder at once. Raises OSError."""
        self._recovery.keep_now()

    def close(self) -> None:
        """Remove the recovery copies. Text that is still unsaved (nobody could be asked) is kept for the next window."""
        self._recovery.close()

    def look_at_disk(self) -> None:
        """Tell the tabs which of their files other programs changed or deleted."""
        self._disk.look()

    def follow(self, old: Path, new: Path) -> None:
        """Follow a renamed file or folder: its open tabs continue under the new path, with their unsaved text."""
        for name in self.tabs.paths():
            path = Path(name)
            if path.is_relative_to(old):
                self.tabs.follow(name, str(new / path.relative_to(old)) if path != old else str(new))

    def take_in(self, path: Path) -> None:
        """Merge what a command of the window wrote to a file into the unsaved text of its tab.

        If both changed the same place nothing is merged, and the banner asks which version to keep.
        """
        self._disk.take_in(path)

    def close_missing(self) -> None:
        """Close unmodified tabs whose files the person's own command moved or deleted."""
        unsaved = set(self.tabs.unsaved_paths())
        for name in self.tabs.paths():
            if name not in unsaved and not Path(name).exists():
                self.tabs.request_close(name)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self.tabs.look.set_colors(editor_colors(theme))
        self.tabs.look.set_font_family(theme.mono_family)

    def _connect(self) -> None:
        self._disk.failed.connect(self.failed)
        self._recovery.failed.connect(self.failed)
        self._saver.failed.connect(self._on_not_saved)
        self._saver.saved.connect(self.saved)
        self._saver.saved_as.connect(self.saved_as)
        for happened in (self.tabs.modified_changed, self.tabs.current_changed, self.tabs.file_closed, self.tabs.file_moved,
                         self._saver.saved):
            happened.connect(self._on_changed)
        self.tabs.cursor_moved.connect(self.cursor_moved)

    def _on_not_saved(self, error: WorkspaceError) -> None:
        self.look_at_disk()  # first, so that the tab already offers what to do about a version of another program
        self.failed.emit(error)

    def _on_changed(self, *_: object) -> None:
        self.changed.emit()
