"""Protects unsaved texts against crashes: kept while they are typed, opened again by the next window."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.editor.recovery_timer import RecoveryTimer
from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.disk_follower import DiskFollower
from workbench.model.failures import WorkspaceError

if TYPE_CHECKING:  # made of msgspec's values, which the first paint does without
    from workbench.editor.recovery import RecoveredText


class CrashRecovery(QObject):
    """The recovery copies of one window's tabs. Emits `failed(WorkspaceError)` if they cannot be written."""

    failed = Signal(object)

    def __init__(self, folder: Path, tabs: EditorTabs, disk: DiskFollower, parent: QObject | None = None) -> None:
        """`folder` is the recovery folder of the workspace, shared by all of its windows."""
        super().__init__(parent)
        self._folder, self._tabs, self._disk = folder, tabs, disk
        self._timer = RecoveryTimer(tabs, folder)
        self._timer.failed.connect(self._on_failed)

    def can_recover(self) -> bool:
        """Whether a window that no longer runs left unsaved text behind."""
        return bool(self._recovered())

    def recover(self) -> int:
        """Open the texts that a window which no longer runs could not save. Returns their number."""
        from workbench.editor.recovery import discard

        found = self._recovered()
        for text in reversed(found):  # the newest last: of two texts for one file, it is on top and the older one undo step away
            self._disk.open_recovered(text.unsaved)
        # Copied into this window's folder before the old copies go: at no moment is a text without a copy on disk.
        if found:
            self.keep_now()
        for text in found:
            discard(text)
        return len(found)

    def keep_now(self) -> None:
        """Write all unsaved texts to the recovery folder at once. Raises OSError."""
        for name in self._tabs.unsaved_paths():
            unsaved = self._tabs.unsaved(name)
            if unsaved is not None:
                self._timer.copies.keep(unsaved)

    def close(self) -> None:
        """Remove the copies. Text that is still unsaved (nobody could be asked) is kept for the next window."""
        if not self._tabs.unsaved_paths():
            self._timer.copies.close()
            return
        with suppress(OSError):  # reported before by the timer, which tried to write the same texts while they were typed
            self.keep_now()

    def _recovered(self) -> list[RecoveredText]:
        if not self._folder.is_dir() or not any(self._folder.iterdir()):  # as usual: the code is shown without further imports
            return []
        from workbench.editor.recovery import recovered

        return recovered(self._folder)

    def _on_failed(self, reason: str) -> None:
        self.failed.emit(WorkspaceError(f"Unsaved text cannot be kept safe: {reason}", "Free some disk space, and save often."))
