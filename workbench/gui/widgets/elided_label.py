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

    def __init__(self, most_px: int = 10_000, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._most_px, self._mode = most_px, mode
        self._shorter: tuple[str, ...] = ()

    def set_shorter(self, *texts: str) -> None:
        """Have other texts shown where there is no room for the whole one: the first that fits, else the last, which is cut."""
        if texts != self._shorter:
            self._shorter = texts
            self.update()

    @property
    def shown(self) -> str:
        """As much of the text as fits; one letter or two say nothing."""
        width, metrics = self.contentsRect().width(), self.fontMetrics()
        texts = (self.text(), *self._shorter)
        # Asked of what cuts: it counts in fractions of a pixel, and would cut a text whose rounded width fits.
        text = next((each for each in texts if metrics.elidedText(each, self._mode, width) == each), texts[-1])
        shown = metrics.elidedText(text, self._mode, width)
        return "" if shown != text and len(shown) < _FEWEST else shown

    def sizeHint(self) -> QSize:
        """Return the size of the text, at most `most_px` wide."""
        whole = super().sizeHint()
        return QSize(min(whole.width(), self._most_px), whole.height())

    def minimumSizeHint(self) -> QSize:
        """Return room for about a word, or none without text."""
        whole = super().sizeHint()
        return QSize(min(whole.width(), _LEAST_PX), whole.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what fits."""
        if not self.text():
            return
        painter = QPainter(self)
        place = self.contentsRect()
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.shown)
