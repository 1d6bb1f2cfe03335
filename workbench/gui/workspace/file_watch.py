"""Reports when watched files have changed, once per burst of changes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

SETTLE_MS = 100
"""Programs write a file in several steps (truncate, write, rename); the disk is looked at once, after the last of them."""


class FileWatch(QObject):
    """Watches single files. Emits `settled()` when none of them has changed for 100 ms after a change."""

    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.settled)
        self._watcher.fileChanged.connect(self._on_changed)

    def add(self, name: str) -> None:
        """Watch a file, which must exist."""
        self._watcher.addPath(name)

    def remove(self, name: str) -> None:
        """Watch a file no longer."""
        self._watcher.removePath(name)

    def renew(self, names: Iterable[str]) -> None:
        """Watch again those of the files that exist and were dropped.

        QFileSystemWatcher drops a path when its file is removed or renamed, and many editors save by renaming.
        """
        watched = set(self._watcher.files())
        dropped = [name for name in names if name not in watched and Path(name).exists()]
        if dropped:
            self._watcher.addPaths(dropped)

    def _on_changed(self, _name: str) -> None:
        self._settle.start()
