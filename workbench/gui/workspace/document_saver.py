"""Writes the texts of the tabs to disk. What is replaced or discarded is kept among the file's earlier versions."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.editor.editor_page import SaveRequest
from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.disk_versions import DiskVersions, token_text, version_on_disk
from workbench.model.failures import WorkspaceError
from workbench.workspace.code_files import CodeFile, encoded, file_token, fitting, write_code, write_new

if TYPE_CHECKING:
    from workbench.workspace.history import History


class DocumentSaver(QObject):
    """Answers the tabs' requests to save, and saves for the window.

    Signals: `saved(str path)`; `saved_as(str path)` with the new path; `failed(WorkspaceError)`.
    """

    saved = Signal(str)
    saved_as = Signal(str)
    failed = Signal(object)

    def __init__(self, tabs: EditorTabs, versions: DiskVersions, root: Path, parent: QObject | None = None) -> None:
        """`root` is the workspace, in whose data folder the earlier versions are."""
        super().__init__(parent)
        self._tabs, self._versions, self._root = tabs, versions, root
        self._failures: list[WorkspaceError] = []
        tabs.save_requested.connect(self._on_save_requested)
        tabs.text_given_up.connect(self._on_text_given_up)

    @cached_property
    def _history(self) -> History:
        """Earlier versions of the workspace's files. Created with the first save, because its module takes time to import."""
        from workbench.workspace.history import History

        return History(self._root)

    def save_for(self, folder: Path, *files: Path) -> None:
        """Save the modified files below `folder`, and `files`. Raises WorkspaceError if one could not be written."""
        # `tabs.save` answers through signals only; `_on_save_requested` runs within the call and collects its failure here.
        self._failures.clear()
        wanted = {str(file) for file in files}
        for name in self._tabs.unsaved_paths():
            if name in wanted or Path(name).is_relative_to(folder):
                self._tabs.save(name)
        if self._failures:
            raise self._failures[0]

    def save_as(self, name: str, path: Path) -> None:
        """Write an open file's text to `path`, which must not exist yet, and continue with that file in the tab."""
        editor = self._tabs.editor_of(name)
        if editor is None:
            return
        text, new_name = editor.text(), str(path)
        like = fitting(text, self._versions.known(name) or CodeFile(text=""))
        try:
            written = write_new(path, text, like)
        except WorkspaceError as error:
            self.failed.emit(error)
            return
        self._tabs.follow(name, new_name)
        self._versions.note_written(new_name, written)
        self._tabs.mark_saved(new_name, text, token_text(written.token))
        self._history.keep(path, encoded(path, text, like))
        self.saved.emit(new_name)
        self.saved_as.emit(new_name)

    def _on_save_requested(self, request: SaveRequest) -> None:
        name, path = request.file.path, Path(request.file.path)
        on_disk = file_token(path)
        # The tab's token is the version that the person has seen or, with "Keep mine", agreed to overwrite. The known version
        # may be an older one, so `write_code` would refuse without this.
        knows_disk = on_disk is None or token_text(on_disk) == request.file.disk_token
        try:
            like = self._versions.known(name) or version_on_disk(path)
            written = write_code(path, request.text, like, even_if_changed=knows_disk, write=self._history.write)
        except WorkspaceError as error:
            self._failures.append(error)
            self._tabs.save_failed(name)
            self.failed.emit(error)
            return
        self._versions.note_written(name, written)
        self._tabs.mark_saved(name, request.text, token_text(written.token))
        self.saved.emit(name)

    def _on_text_given_up(self, name: str, text: str) -> None:
        """Keep discarded text among the file's earlier versions."""
        try:
            content = encoded(Path(name), text, self._versions.known(name) or CodeFile(text=""))
        except WorkspaceError:  # the file's encoding lacks a character; losing the text would be worse than another encoding
            content = text.encode("utf-8", "surrogatepass")
        self._history.keep(Path(name), content)
