"""A line of text that gives way: where there is no room it ends with an ellipsis, and no window is widened for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent

from workbench.editor.plain_label import PlainLabel

_LEAST_PX = 40


class ElidedLabel(PlainLabel):
    """Wants as much room as its text needs, `most_px` at most, and does with less."""

    def __init__(self, most_px: int = 10_000) -> None:
        super().__init__()
        self._most_px = most_px

    def sizeHint(self) -> QSize:
        """As wide as the text."""
        whole = super().sizeHint()
        return QSize(min(whole.width(), self._most_px), whole.height())

    def minimumSizeHint(self) -> QSize:
        """A word or so; nothing without text."""
        whole = super().sizeHint()
        return QSize(min(whole.width(), _LEAST_PX), whole.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The text as far as it goes."""
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
