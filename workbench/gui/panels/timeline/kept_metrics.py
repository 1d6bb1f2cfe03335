"""How wide words are in a font, measured once: each paint asks again for the same titles, ticks and labels."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

_MOST = 4_096


class KeptMetrics:
    """The measures of a font, in pixels. Qt lays out a text for each question, which takes 3 µs."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        metrics = QFontMetricsF(font)
        self.height = metrics.height()
        self._width = lru_cache(_MOST)(metrics.horizontalAdvance)
        self._elided = lru_cache(_MOST)(lambda words, room: metrics.elidedText(words, Qt.TextElideMode.ElideRight, room))

    def width(self, words: str) -> float:
        """Return how wide words are."""
        return self._width(words)

    def elided(self, words: str, room: float) -> str:
        """Return words, cut short at the end if they need more room."""
        return self._elided(words, room)
