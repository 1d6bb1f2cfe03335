"""A line of text that ends with an ellipsis where there is no room, instead of widening the window as a QLabel does."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent

from workbench.editor.plain_label import PlainLabel

_LEAST_PX = 40
_FEWEST = 4
"""Characters that are shown at all of a text that is cut, the ellipsis included."""


class ElidedLabel(PlainLabel):
    """Asks for the room that its text needs, at most `most_px`, and gets along with less."""

    def __init__(self, most_px: int = 10_000) -> None:
        super().__init__()
        self._most_px = most_px

    def sizeHint(self) -> QSize:
        """Return the size of the text, at most `most_px` wide."""
        whole = super().sizeHint()
        return QSize(min(whole.width(), self._most_px), whole.height())

    def minimumSizeHint(self) -> QSize:
        """Return room for about a word, or none without text."""
        whole = super().sizeHint()
        return QSize(min(whole.width(), _LEAST_PX), whole.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the text as fits; one letter or two say nothing."""
        if not self.text():
            return
        painter = QPainter(self)
        place = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        if shown != self.text() and len(shown) < _FEWEST:
            shown = ""
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
