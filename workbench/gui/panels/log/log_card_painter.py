"""Lays out and paints cards in the log: on the grid of its lines, as wide as the view, however far this is moved sideways."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.log.log_cards import CardLink, LogCard

_MOST_KEPT = 200
_WIDEST_CHARACTERS = 110
"""Longer lines are hard to read."""
_EDGE_PX = 3


class CardRun(NamedTuple):
    """Words on a line of a card, from `left_px` on."""

    text: str
    left_px: float
    width_px: float
    link: CardLink | None


CardShape = tuple[tuple[CardRun, ...], ...]
"""The lines of a card; half a line is left free above and below them."""


class LogCardPainter:
    """All that depends on theme and font is computed once, in `set_look`; shapes are kept while they are looked at."""

    def __init__(self) -> None:
        self._hovered: CardLink | None = None

    def set_look(self, theme: Theme, font: QFont, line_px: int) -> None:
        """Use these colors and this font, in lines of this height."""
        self._font, self._line_px = font, line_px
        self._underlined = QFont(font)
        self._underlined.setUnderline(True)
        metrics = QFontMetricsF(font)
        self._metrics, self._space_px = metrics, metrics.horizontalAdvance(" ")
        self._baseline_px = (line_px - metrics.height()) / 2 + metrics.ascent()
        self.left_px = 2 * metrics.horizontalAdvance("0") + 4
        self._text, self._link = QColor(theme.text), QColor(theme.info)
        self._edge, self._ground = QColor(theme.error), QColor(blend(theme.error, theme.panel, 0.12))
        self._shapes: OrderedDict[tuple[LogCard, int], CardShape] = OrderedDict()

    def shape(self, card: LogCard, room_px: int) -> CardShape:
        """Return the lines of a card in a view of this width."""
        key = card, room_px
        found = self._shapes.get(key)
        if found is None:
            found = self._shapes[key] = self._laid_out(card, room_px)
            if len(self._shapes) > _MOST_KEPT:
                self._shapes.popitem(last=False)
        return found

    def hover(self, link: CardLink | None) -> bool:
        """Underline the link under the mouse; None for no link. True if it is another one than before."""
        before, self._hovered = self._hovered, link
        return before != link

    def link_at(self, shape: CardShape, x_px: float, y_px: float) -> CardLink | None:
        """Return the link at a place, counted from where the card's part of a row begins."""
        at = int((y_px - self._line_px / 2) // self._line_px)
        runs = shape[at] if 0 <= at < len(shape) else ()
        return next((run.link for run in runs if run.left_px <= x_px < run.left_px + run.width_px), None)

    def paint(self, painter: QPainter, shape: CardShape, top_px: int, room_px: int) -> None:
        """Paint a card from a height on."""
        height = (len(shape) + 1) * self._line_px
        rect = QRectF(self.left_px, top_px + self._line_px / 4, room_px - self.left_px - 6, height - self._line_px / 2)
        painter.fillRect(rect, self._ground)
        painter.fillRect(QRectF(rect.left(), rect.top(), _EDGE_PX, rect.height()), self._edge)
        for at, runs in enumerate(shape):
            baseline = top_px + (at + 0.5) * self._line_px + self._baseline_px
            for run in runs:
                painter.setFont(self._underlined if run.link is not None and run.link == self._hovered else self._font)
                painter.setPen(self._text if run.link is None else self._link)
                painter.drawText(QPointF(run.left_px, baseline), run.text)

    def _laid_out(self, card: LogCard, room_px: int) -> CardShape:
        begin = self.left_px + _EDGE_PX + 9
        end = max(min(room_px - 16, begin + _WIDEST_CHARACTERS * self._metrics.averageCharWidth()), begin + 60)
        words = [(word, None) for word in card.sentence.split()]
        lines: list[list[CardRun]] = [[]]
        left = begin
        for word, link in (*words, *((link.text, link) for link in card.links)):
            width = self._metrics.horizontalAdvance(word)
            left += 0 if link is None else self._space_px
            if left + width > end and lines[-1]:
                lines.append([])
                left = begin
            lines[-1].append(CardRun(word, left, width, link))
            left += width + self._space_px
        return tuple(tuple(_joined(line)) for line in lines)


def _joined(runs: list[CardRun]) -> list[CardRun]:
    """Return the words of a line with those that follow each other as one: drawing a text takes longer than its letters do."""
    words = [run for run in runs if run.link is None]
    links = [run for run in runs if run.link is not None]
    if not words:
        return links
    first, last = words[0], words[-1]
    text = " ".join(run.text for run in words)
    return [CardRun(text, first.left_px, last.left_px + last.width_px - first.left_px, None), *links]
