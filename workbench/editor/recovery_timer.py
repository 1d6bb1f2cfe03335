"""Writes unsaved text to the recovery folder within a second of the first keystroke."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.editor.tabs import EditorTabs

DELAY_MS = 700
"""Delay from the first unsaved keystroke to the write. Further keystrokes do not restart it, so steady typing is saved too."""

if TYPE_CHECKING:  # made of msgspec's values, which the first paint does without
    from workbench.editor.recovery import Recovery


class RecoveryTimer(QObject):
    """Follows the tabs of one window: keeps what is typed and drops what is saved, closed or undone."""

    failed = Signal(str)
    """The recovery folder cannot be written (disk full, no permission). Emitted once until writing works again."""

    def __init__(self, tabs: EditorTabs, folder: Path) -> None:
        """`folder` is the recovery folder, which other windows share."""
        super().__init__(tabs)
        self._tabs, self._folder = tabs, folder
        self._due: set[str] = set()
        self._has_failed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.write)
        tabs.text_edited.connect(self._note)
        tabs.modified_changed.connect(self._follow)
        tabs.file_closed.connect(self._drop)
        tabs.file_moved.connect(self._move)

    @cached_property
    def copies(self) -> Recovery:
        """The window's recovery files."""
        from workbench.editor.recovery import Recovery

        return Recovery(self._folder)

    def write(self) -> None:
        """Write everything that is due at once."""
        due, self._due = self._due, set()
        try:
            for path in sorted(due):
                unsaved = self._tabs.unsaved(path)
                if unsaved is not None:
                    self.copies.keep(unsaved)
            self._has_failed = False
        except OSError as error:
            self._due |= due  # tried again with the next keystroke
            self._tell(error)

    def _note(self, path: str) -> None:
        self._due.add(path)
        if not self._timer.isActive():
            self._timer.start()

    def _follow(self, path: str, is_modified: bool) -> None:
        if is_modified:
            self._note(path)
        else:
            self._drop(path)

    def _move(self, path: str, new_path: str) -> None:
        """Follow a renamed file. The copy under the new path is written first, so that there is always one."""
        if self._tabs.unsaved(new_path) is not None:
            self._due.add(new_path)
            self.write()
        self._drop(path)

    def _drop(self, path: str) -> None:
        self._due.discard(path)
        try:
            self.copies.drop(path)
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self.failed.emit(str(error))
