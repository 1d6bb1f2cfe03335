"""Keeps the open tabs in step with their files, which other programs and the window's own commands change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.disk_versions import DiskVersions, token_text, version_on_disk
from workbench.gui.workspace.file_watch import FileWatch
from workbench.model.failures import WorkspaceError
from workbench.workspace.code_files import CodeFile, file_token, read_code

if TYPE_CHECKING:  # made of msgspec's values, which the first paint does without
    from workbench.editor.recovery import UnsavedText


class DiskFollower(QObject):
    """Opens files, watches them, and tells their tabs what became of them. Emits `failed(WorkspaceError)`."""

    failed = Signal(object)

    def __init__(self, tabs: EditorTabs, versions: DiskVersions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tabs, self._versions = tabs, versions
        self._watch = FileWatch(self)
        self._watch.settled.connect(self.look)
        tabs.reload_requested.connect(self._on_reload_requested)
        tabs.file_closed.connect(self._on_file_closed)
        tabs.file_moved.connect(self._on_file_moved)

    def open(self, path: Path, *, is_beside: bool = False) -> None:
        """Show a file and go there, or (`is_beside`) show it beside the others. Raises WorkspaceError.

        One that is not open yet is read, and watched from now on.
        """
        name = str(path)
        file = self._versions.known(name) or self._begin(name)
        self._tabs.open_file(name, file.text, eol=file.line_end, encoding=file.encoding, disk_token=token_text(file.token),
                             is_beside=is_beside)

    def open_recovered(self, unsaved: UnsavedText) -> None:
        """Show a text that an earlier window could not save, with what is on disk now one undo step away."""
        on_disk = version_on_disk(Path(unsaved.path))
        self._versions.note(unsaved.path, on_disk)
        self._tabs.open_recovered(unsaved, on_disk.text)
        self._look_at(unsaved.path)

    def look(self) -> None:
        """Tell the tabs which of their files other programs changed, deleted or restored."""
        for name in self._tabs.paths():
            self._look_at(name)
        self._watch.renew(self._tabs.paths())

    def take_in(self, path: Path) -> None:
        """Merge what a command of the window wrote to a file into the unsaved text of its tab.

        If both changed the same place nothing is merged, and the banner asks which version to keep.
        """
        from workbench.workspace.merge import merged

        name = str(path)
        page, before = self._tabs.page_of(name), self._versions.known(name)
        if page is None or before is None or not page.editor.is_modified or file_token(path) in (None, before.token):
            return
        try:
            written = read_code(path)
        except WorkspaceError:
            return  # reported by whoever reads the file for its content
        text = merged(before.text, page.editor.text(), written.text)
        if text is not None:
            self._versions.note(name, written)
            page.merge(text, token_text(written.token))

    def _begin(self, name: str) -> CodeFile:
        file = self._versions.read(name)
        self._watch.add(name)
        return file

    def _look_at(self, name: str) -> None:
        page, news = self._tabs.page_of(name), self._versions.look(name)
        if page is None:
            return
        if news.is_gone:
            page.meet_removal()
        if news.returned is not None:  # only what was typed still counts as unsaved
            page.meet_return(news.returned.text)
        if news.other_token is not None:
            page.meet_disk(token_text(news.other_token))

    def _on_reload_requested(self, name: str) -> None:
        page = self._tabs.page_of(name)
        try:
            file = self._versions.read(name)
        except WorkspaceError as error:
            self.failed.emit(error)
            return
        if page is not None:
            page.load(file.text, token_text(file.token))

    def _on_file_closed(self, name: str) -> None:
        self._versions.forget(name)
        self._watch.remove(name)

    def _on_file_moved(self, name: str, new_name: str) -> None:
        self._versions.follow(name, new_name)
        self._watch.remove(name)
        self._watch.renew([new_name])
