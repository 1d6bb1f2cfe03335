"""A row of two groups of buttons that becomes two rows where there is no room for both beside each other."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from workbench.gui.look.scale import SCALE


class TwoGroups(QWidget):
    """Add widgets to `left` and `right`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes = QWidget(), QWidget()
        self.left, self.right = (_row(box) for box in self._boxes)
        self._whole = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(SCALE.spacing_px.tight)
        self._whole.addWidget(self._boxes[0], 0, Qt.AlignmentFlag.AlignLeft)
        self._whole.addStretch(1)
        self._whole.addWidget(self._boxes[1], 0, Qt.AlignmentFlag.AlignLeft)

    def minimumSizeHint(self) -> QSize:
        """Return room for the wider group: the other one may go below it."""
        return QSize(max(box.minimumSizeHint().width() for box in self._boxes), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the groups anew."""
        super().resizeEvent(event)
        self.arrange()

    @property
    def has_room(self) -> bool:
        """Whether both can be beside each other."""
        return sum(box.sizeHint().width() for box in self._boxes) <= self.width()

    def arrange(self) -> None:
        """Put them beside each other if there is room. Call it when buttons have come or gone."""
        self._whole.setDirection(QBoxLayout.Direction.LeftToRight if self.has_room else QBoxLayout.Direction.TopToBottom)


def _row(box: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SCALE.spacing_px.tight)
    return row
