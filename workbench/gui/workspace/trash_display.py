"""What the page shows after something was deleted or brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.workspace.document_sync import DocumentSync
from workbench.gui.workspace.navigation import Navigation
from workbench.gui.workspace.trash_commands import TrashCommands
from workbench.gui.workspace.workspace_page import WorkspacePage

if TYPE_CHECKING:
    from workbench.workspace.deletions import Restored


class TrashDisplay(QObject):
    """Closes the tabs of deleted files, opens restored ones, and offers to undo. Emits `changed()` afterwards."""

    changed = Signal()

    def __init__(self, trash: TrashCommands, document_sync: DocumentSync, navigation: Navigation, page: WorkspacePage) -> None:
        super().__init__(page)
        self._trash = trash
        self._document_sync = document_sync
        self._navigation = navigation
        self._page = page
        trash.deleted.connect(self._on_deleted)
        trash.restored.connect(self._on_restored)

    def _on_deleted(self, told: str) -> None:
        self._document_sync.close_deleted()
        self._page.toast.show_undo(told, self._trash.undo)
        self.changed.emit()

    def _on_restored(self, restored: Restored) -> None:
        self._page.toast.hide()  # its button would do nothing more
        self._page.documents.look_at_disk()
        self._navigation.open_restored(restored)
        self._page.notice.show_message(f"{restored.entry.name} is back. {restored.note}".strip())
        self.changed.emit()
