"""A row of two groups of buttons: side by side where there is room for both, else one below the other, and wrapped if need be."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from workbench.gui.look.scale import SCALE
from workbench.gui.widgets.wrapped_row import WrappedRow, settle_around


class TwoGroups(QWidget):
    """Add widgets to `left` and `right`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left, self.right = WrappedRow(), WrappedRow()
        self._whole = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(SCALE.spacing_px.tight)
        self._whole.addWidget(self.left, 0, Qt.AlignmentFlag.AlignLeft)
        self._whole.addStretch(1)
        self._whole.addWidget(self.right, 0, Qt.AlignmentFlag.AlignLeft)

    def sizeHint(self) -> QSize:
        """Return room for both beside each other, also while they are not: or they would never come back."""
        return QSize(self._beside_px, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return room for the widest button: the others may go below it."""
        shown = [group.minimumSizeHint().width() for group in (self.left, self.right) if not group.isHidden()]
        return QSize(max(shown, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the groups anew."""
        super().resizeEvent(event)
        self.arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Arrange the groups anew: buttons may have come or gone while it was hidden."""
        super().showEvent(event)
        self.arrange()

    @property
    def has_room(self) -> bool:
        """Whether both can be beside each other."""
        return self._beside_px <= self.width()

    @property
    def _beside_px(self) -> int:
        shown = [group.sizeHint().width() for group in (self.left, self.right) if not group.isHidden()]
        return sum(shown) + self._whole.spacing() * (len(shown) - 1)

    def settle(self) -> None:
        """Place all now, as `WrappedRow.settle`: call it when some were shown or hidden."""
        if self.isVisible() and any([self.left.take_in(), self.right.take_in()]):
            self.arrange()
            settle_around(self.left)

    def arrange(self) -> None:
        """Put them beside each other if there is room."""
        self._whole.setDirection(QBoxLayout.Direction.LeftToRight if self.has_room else QBoxLayout.Direction.TopToBottom)
