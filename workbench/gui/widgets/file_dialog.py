"""The dialog that asks for a file or a folder. It begins where the person was last, and remembers where that is now."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.gui.application.file_places import FilePlaces


class FileDialog(QFileDialog):
    """Show it with `open`; it is deleted when it is closed. `fileSelected` tells what was chosen."""

    def __init__(self, title: str, kind: str, places: FilePlaces, parent: QWidget, first: Path | None = None) -> None:
        """`kind` and `first`: see `FilePlaces`."""
        super().__init__(parent, title, str(places.begin(kind, first)))
        self._kind, self._places = kind, places
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fileSelected.connect(self._on_selected)

    def save_as(self, name: str, suffix: str) -> None:
        """Ask for a file to write. `name` is suggested; `suffix` is added to a name that has none."""
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setDefaultSuffix(suffix)
        self.selectFile(name)

    def choose_folder(self) -> None:
        """Ask for a folder that exists."""
        self.setFileMode(QFileDialog.FileMode.Directory)
        self.setOption(QFileDialog.Option.ShowDirsOnly)

    def _on_selected(self, name: str) -> None:
        self._places.note(self._kind, Path(name))
