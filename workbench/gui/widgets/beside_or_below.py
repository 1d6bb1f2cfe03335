"""Two parts beside each other where there is room for both, and one below the other where there is not."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget


class BesideOrBelow(QSplitter):
    """Add the two with `addWidget`. They share the room 3 to 2 until the person moves the border; turned, they do so again."""

    def __init__(self, characters: int, parent: QWidget | None = None) -> None:
        """`characters`: from this width on, in characters of the font, both stand beside each other."""
        super().__init__(parent)
        self._characters = characters
        self._is_shared = False
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the wider part: with less room than both need, one goes below the other."""
        return QSize(least_px(self), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn, if that is needed."""
        super().resizeEvent(event)
        is_wide = self.width() >= self._characters * self.fontMetrics().averageCharWidth()
        wanted = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if wanted is not self.orientation() or not self._is_shared:
            self._is_shared = True
            self.setOrientation(wanted)
            self.share()

    def share(self) -> None:
        """Give each part its share."""
        room_px = self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height()
        self.setSizes([3 * room_px // 5, 2 * room_px // 5])


def least_px(parts: QSplitter) -> int:
    """Return the least width of the widest part that is shown: what a splitter needs that can put one below the other."""
    found = (parts.widget(index) for index in range(parts.count()))
    shown = [part for part in found if part is not None and not part.isHidden()]
    return max((max(part.minimumSizeHint().width(), part.minimumWidth()) for part in shown), default=0)
