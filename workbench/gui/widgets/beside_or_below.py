"""Two parts beside each other where there is room for both, and one below the other where there is not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget


class BesideOrBelow(QSplitter):
    """The person moves the border. Turned the other way, the parts have the room that `shares` give them."""

    def __init__(
        self, first: QWidget, second: QWidget, characters: int, shares: tuple[int, int] = (3, 2), parent: QWidget | None = None
    ) -> None:
        """`characters`: from this width on, in characters of the font, both stand beside each other."""
        super().__init__(parent)
        self._characters, self._shares = characters, shares
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        for part, share in zip((first, second), shares, strict=True):
            self.addWidget(part)
            self.setStretchFactor(self.count() - 1, share)

    @property
    def is_wide(self) -> bool:
        """Whether there is room for both beside each other."""
        return self.width() >= self._characters * self.fontMetrics().averageCharWidth()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn, if that is needed."""
        super().resizeEvent(event)
        wanted = Qt.Orientation.Horizontal if self.is_wide else Qt.Orientation.Vertical
        if wanted is not self.orientation():
            self.setOrientation(wanted)
            room = self.width() if self.is_wide else self.height()
            self.setSizes([share * room // sum(self._shares) for share in self._shares])
