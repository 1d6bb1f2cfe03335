"""The open files: read and written by the workspace's rules, watched for changes on disk, and protected against crashes."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from workbench.editor.editor_page import SaveRequest
from workbench.editor.recovery import Recovery, discard, recovered
from workbench.editor.recovery_timer import RecoveryTimer
from workbench.editor.tabs import EditorTabs
from workbench.gui.look.editor_theme import editor_colors
from workbench.gui.look.theme import Theme
from workbench.model.failures import WorkspaceError
from workbench.model.function import FunctionConfiguration
from workbench.workspace.code_files import (
    CodeFile,
    FileToken,
    decoded,
    editable_files,
    encoded,
    file_token,
    fitting,
    handler_file,
    read_code,
    write_code,
    write_new,
)

if TYPE_CHECKING:
    from workbench.workspace.history import History

SETTLE_MS = 100
"""Programs write a file in several steps (truncate, write, rename); the disk is looked at once, after the last of them."""
_GLOBAL_SHORTCUTS = ("editor.save", "editor.save_all", "editor.close_tab")


class Documents(QObject):
    """Connects the editor's tabs with the disk.

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
        self._root = root
        self._gone: set[str] = set()
        self.tabs = EditorTabs(is_plain=True)
        # The window's own actions have these keys, so that they work wherever the focus is. Two actions with one key
        # would be ambiguous: Qt then triggers neither.
        for identifier in _GLOBAL_SHORTCUTS:
            self.tabs.actions_by_id[identifier].setShortcuts([])
        self._files: dict[str, CodeFile] = {}
        self._failures: list[WorkspaceError] = []
        self._recovery_folder = recovery_folder
        self._recovery = Recovery(recovery_folder)
        self._recovery_timer = RecoveryTimer(self.tabs, self._recovery)
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.look_at_disk)
        self._connect()

    @cached_property
    def _history(self) -> History:
        """Earlier versions of the workspace's files. Created with the first save, because its module takes time to import."""
        from workbench.workspace.history import History

        return History(self._root)

    def open(self, path: Path) -> bool:
        """Show a file in the current tab. Returns False, after emitting `failed`, if it cannot be read."""
        name = str(path)
        if self.tabs.editor_of(name) is None:
            try:
                self._files[name] = read_code(path)
            except WorkspaceError as error:
                self.failed.emit(error)
                return False
            self._watcher.addPath(name)
        file = self._files[name]
        self.tabs.open_file(name, file.text, eol=file.line_end, encoding=file.encoding, disk_token=token_text(file.token))
        self.changed.emit()
        return True

    def open_at(self, path: str, line: int, column: int) -> None:
        """Show a file in the current tab with the focus in it and the caret at a line and column (from 1)."""
        if self.open(Path(path)) and (editor := self.tabs.current_editor()) is not None:
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
        editor = self.tabs.editor_of(name)
        if editor is None:
            return
        text, like = editor.text(), fitting(editor.text(), self._files.get(name, CodeFile(text="")))
        try:
            self._files[name] = write_new(path, text, like)
        except WorkspaceError as error:
            self.failed.emit(error)
            return
        self.tabs.follow(name, str(path))
        self.tabs.mark_saved(str(path), text, token_text(self._files[str(path)].token))
        self._history.keep(path, encoded(path, text, like))
        self.saved.emit(str(path))
        self.saved_as.emit(str(path))

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
        # `tabs.save` answers through signals only; `_on_save_requested` runs within the call and collects its failure here.
        self._failures.clear()
        wanted = {str(file) for file in files}
        for name in self.tabs.unsaved_paths():
            if name in wanted or Path(name).is_relative_to(folder):
                self.tabs.save(name)
        if self._failures:
            raise self._failures[0]

    def can_recover(self) -> bool:
        """Whether a window that no longer runs left unsaved text behind."""
        return bool(recovered(self._recovery_folder))

    def recover(self) -> int:
        """Open the texts that a window which no longer runs could not save. Returns their number."""
        found = recovered(self._recovery_folder)
        for text in reversed(found):  # the newest last: of two texts for one file, it is on top and the older one undo step away
            path = Path(text.unsaved.path)
            self._files[text.unsaved.path] = self._disk_version(path)
            self.tabs.open_recovered(text.unsaved, self._files[text.unsaved.path].text)
            self._look_at(text.unsaved.path)
        # Copied into this window's folder before the old copies go: at no moment is a text without a copy on disk.
        if found:
            self.keep_now()
        for text in found:
            discard(text)
        return len(found)

    def keep_now(self) -> None:
        """Write all unsaved texts to the recovery folder at once. Raises OSError."""
        for name in self.tabs.unsaved_paths():
            unsaved = self.tabs.unsaved(name)
            if unsaved is not None:
                self._recovery.keep(unsaved)

    def close(self) -> None:
        """Remove the recovery copies. Text that is still unsaved (nobody could be asked) is kept for the next window."""
        if not self.tabs.unsaved_paths():
            self._recovery.close()
            return
        with suppress(OSError):  # reported before by the timer, which tried to write the same texts while they were typed
            self.keep_now()

    def look_at_disk(self) -> None:
        """Tell the tabs which of their files other programs changed or deleted."""
        for name in self.tabs.paths():
            self._look_at(name)
        # QFileSystemWatcher drops a path when its file is removed or renamed, and many editors save by renaming.
        missing = [name for name in self.tabs.paths() if name not in self._watcher.files() and Path(name).exists()]
        if missing:
            self._watcher.addPaths(missing)

    def _look_at(self, name: str) -> None:
        token, page = file_token(Path(name)), self.tabs.page_of(name)
        if token is None:
            self._gone.add(name)
        if page is None:
            return
        if token is None:
            page.meet_removal()
            return
        if name in self._gone and name in self._files:  # back again: only what was typed still counts as unsaved
            self._gone.discard(name)
            page.meet_return(self._files[name].text)
        if name not in self._files or token != self._files[name].token:
            page.meet_disk(token_text(token))

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
        from workbench.workspace.merge import merged

        name = str(path)
        page, before = self.tabs.page_of(name), self._files.get(name)
        if page is None or before is None or not page.editor.is_modified or file_token(path) in (None, before.token):
            return
        try:
            written = read_code(path)
        except WorkspaceError:
            return  # reported by whoever reads the file for its content
        text = merged(before.text, page.editor.text(), written.text)
        if text is not None:
            self._files[name] = written
            page.merge(text, token_text(written.token))

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
        self.tabs.save_requested.connect(self._on_save_requested)
        self.tabs.reload_requested.connect(self._on_reload_requested)
        self.tabs.modified_changed.connect(self._on_changed)
        self.tabs.current_changed.connect(self._on_changed)
        self.tabs.file_closed.connect(self._on_file_closed)
        self.tabs.file_moved.connect(self._on_file_moved)
        self.tabs.text_given_up.connect(self._on_text_given_up)
        self.tabs.cursor_moved.connect(self.cursor_moved)
        self._recovery_timer.failed.connect(self._on_recovery_failed)
        self._watcher.fileChanged.connect(self._on_disk_changed)

    def _on_save_requested(self, request: SaveRequest) -> None:
        path = Path(request.file.path)
        on_disk = file_token(path)
        # The tab's token is the version that the person has seen or, with "Keep mine", agreed to overwrite. `_files` may hold
        # an older one, so `write_code` would refuse without this.
        knows_disk = on_disk is None or token_text(on_disk) == request.file.disk_token
        try:
            like = self._files.get(request.file.path) or self._disk_version(path)
            written = write_code(path, request.text, like, even_if_changed=knows_disk, write=self._history.write)
        except WorkspaceError as error:
            self._failures.append(error)
            self.tabs.save_failed(request.file.path)
            self.look_at_disk()
            self.failed.emit(error)
            return
        self._files[request.file.path] = written
        self._gone.discard(request.file.path)
        self.tabs.mark_saved(request.file.path, request.text, token_text(written.token))
        self.saved.emit(request.file.path)
        self.changed.emit()

    def _on_reload_requested(self, name: str) -> None:
        try:
            file = read_code(Path(name))
        except WorkspaceError as error:
            self.failed.emit(error)
            return
        self._files[name] = file
        page = self.tabs.page_of(name)
        if page is not None:
            page.load(file.text, token_text(file.token))

    def _on_file_closed(self, name: str) -> None:
        self._files.pop(name, None)
        self._gone.discard(name)
        self._watcher.removePath(name)
        self.changed.emit()

    def _on_text_given_up(self, name: str, text: str) -> None:
        """Keep discarded text among the file's earlier versions."""
        try:
            content = encoded(Path(name), text, self._files.get(name, CodeFile(text="")))
        except WorkspaceError:  # the file's encoding lacks a character; losing the text would be worse than another encoding
            content = text.encode("utf-8", "surrogatepass")
        self._history.keep(Path(name), content)

    def _on_file_moved(self, name: str, new_name: str) -> None:
        file = self._files.pop(name, None)
        if file is not None:
            self._files[new_name] = file
        self._watcher.removePath(name)
        if Path(new_name).exists():
            self._watcher.addPath(new_name)
        self.changed.emit()

    def _on_changed(self, *_: object) -> None:
        self.changed.emit()

    def _on_disk_changed(self, _name: str) -> None:
        self._settle.start()

    def _on_recovery_failed(self, reason: str) -> None:
        self.failed.emit(WorkspaceError(f"Unsaved text cannot be kept safe: {reason}", "Free some disk space, and save often."))

    def _disk_version(self, path: Path) -> CodeFile:
        try:
            return read_code(path)
        except WorkspaceError:
            return CodeFile(text="", token=file_token(path) or FileToken(0, 0))


def token_text(token: FileToken | None) -> str:
    """Turn a file version into the opaque text that the editor keeps; "" if there is no file."""
    return f"{token.modified_ns}:{token.size_bytes}" if token is not None else ""
