"""What stands in the place of a list or a chart that is empty."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from workbench.editor.plain_label import PlainLabel

_BESIDE_PX, _ABOVE_PX = 28, 10


class EmptyNote(PlainLabel):
    """A muted sentence in the middle. It asks for the height that it needs at its width, which stacked pages do not find out."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setObjectName("muted")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setContentsMargins(_BESIDE_PX, _ABOVE_PX, _BESIDE_PX, _ABOVE_PX)

    def setText(self, text: str) -> None:
        """Say something else."""
        super().setText(text)
        self._ask_for_room()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for room while it can be seen."""
        super().showEvent(event)
        self._ask_for_room()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for none, or what is in its place would have to be as high."""
        super().hideEvent(event)
        self.setMinimumHeight(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width needs another height."""
        super().resizeEvent(event)
        self._ask_for_room()

    def _ask_for_room(self) -> None:
        if self.isVisible():
            self.setMinimumHeight(0)  # a label asks for no less than that, however wide it has become
            self.setMinimumHeight(self.heightForWidth(self.width()))
