"""Paints entries of the log: a mark to open them, the time, a chip with the level, and the text in its own colors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication

from workbench.editor.reading_direction import in_order
from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.log.log_card_painter import LogCardPainter
from workbench.gui.widgets.source_links import SourceLink
from workbench.model.moments import local_time
from workbench.state.line_kinds import LineKind
from workbench.state.log_rows import LogRow
from workbench.state.log_text import StyledText, StyleSpan

_KIND_TOKENS = {
    LineKind.FUNCTION: "text", LineKind.WARNING: "warning", LineKind.ERROR: "error", LineKind.PLATFORM: "muted",
    LineKind.EXTENSION: "muted", LineKind.DEBUG: "muted", LineKind.HEAD: "text"}
_COLOR_TOKENS = (
    "muted", "error", "success", "warning", "create", "runtime_init", "create", "text",
    "muted", "error", "success", "warning", "create", "runtime_init", "create", "text",
    "syntax_function", "syntax_string", "syntax_number", "syntax_keyword")
"""ANSI's 8 colors, their bright ones, and the parts of JSON."""
_SHOWN_CHARACTERS = 4_000
"""No screen is wider than this; painting more of a long line would waste time. Wrapped lines are shown in full."""
_OPENED, _CLOSED = "▾", "▸"
_CHIP_CHARACTERS = 7
_TIME_CHARACTERS, _SHORT_TIME_CHARACTERS = 16, 10
_NARROW_CHARACTERS = 76
"""In a view with less room the time is shown without hours and microseconds, which the tool tip has."""


class RowLook(NamedTuple):
    """How a row is shown: these lines, with more to come unless it is open or wrapped."""

    lines: tuple[StyledText, ...]
    is_open: bool
    wraps: bool


class LogPainter:
    """Paints lines of equal height. All that depends on theme and font is computed once, in `set_look`."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._hovered: tuple[int, int, SourceLink | None] = (-1, -1, None)
        self._room_px = 0
        self.cards = LogCardPainter()
        self.set_look(theme, font)

    def set_look(self, theme: Theme, font: QFont) -> None:
        """Use these colors and this font."""
        self._theme, self._font = theme, font
        self._bold = QFont(font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._chip_font = QFont(self._bold)
        self._chip_font.setPointSizeF(font.pointSizeF() * 0.82)
        self._metrics, self._bold_metrics = QFontMetrics(font), QFontMetrics(self._bold)
        self._ascent_px = self._metrics.ascent() + 1
        self._advance_px = max(QFontMetricsF(font).horizontalAdvance("0"), 1.0)
        self.character_px = max(self._metrics.horizontalAdvance("0"), 1)
        self.line_px = self._metrics.height() + 3
        self.mark_px = 2 * self.character_px + 4
        self.cards.set_look(theme, QApplication.font(), self.line_px)
        self.fit(self._room_px)
        self._colors = {kind: QColor(getattr(theme, token)) for kind, token in _KIND_TOKENS.items()}
        self._grounds = {kind: QColor(blend(getattr(theme, token), theme.panel, 0.18)) for kind, token in _KIND_TOKENS.items()}
        self._span_colors = [QColor(getattr(theme, token)) for token in _COLOR_TOKENS]
        self._muted, self._faded = QColor(theme.muted), QColor(theme.faded)
        self._selection, self._head = QColor(theme.selection), QColor(theme.surface)

    def fit(self, room_px: int) -> None:
        """Give the columns before the text what a view of this width has room for."""
        self._room_px = room_px
        self._is_narrow = room_px < _NARROW_CHARACTERS * self.character_px
        characters = _SHORT_TIME_CHARACTERS if self._is_narrow else _TIME_CHARACTERS
        self._chip_left_px = self.mark_px + characters * self.character_px
        self.text_px = self._chip_left_px + (_CHIP_CHARACTERS + 1) * self.character_px

    def hover(self, row: int, line: int, link: SourceLink | None) -> bool:
        """Underline the link under the mouse; None for no link. True if it is another one than before."""
        before, self._hovered = self._hovered, (row, line, link) if link is not None else (-1, -1, None)
        return self._hovered != before

    def extent(self, text: str, link: SourceLink) -> tuple[int, int]:
        """Return where a link's text begins and ends, in pixels from the left of the text."""
        return self._metrics.horizontalAdvance(text[:link.start]), self._metrics.horizontalAdvance(text[:link.end])

    def width_of(self, line: StyledText) -> int:
        """Return how wide a row with this line is, in pixels."""
        return self.text_px + (min(len(line.text), _SHOWN_CHARACTERS) + 4) * self.character_px

    def wrapped(self, lines: tuple[StyledText, ...], room_px: int) -> tuple[StyledText, ...]:
        """Return lines cut so that each fits into the room beside the columns."""
        characters = max(int((room_px - self.text_px) / self._advance_px), 20)
        return tuple(piece for line in lines for piece in _pieces(line, characters))

    def paint_ground(self, painter: QPainter, rect: QRect, row: LogRow | None, is_selected: bool) -> None:
        """Paint what is behind a row."""
        if is_selected:
            painter.fillRect(rect, self._selection)
        elif row is not None and row.is_head:
            painter.fillRect(rect, self._head)

    def paint_row(self, painter: QPainter, place: QPoint, row: LogRow, look: RowLook, seen: range) -> None:
        """Paint a row whose first line begins at a place. `seen`: which of its lines are in view."""
        for at in range(max(seen.start, 0), min(len(look.lines), seen.stop)):
            self._spans(painter, place.x() + self.text_px, place.y() + at * self.line_px, look.lines[at], self._colors[row.kind])
        self._columns(painter, place.x(), place.y(), row, look.is_open)
        if row.is_long and not look.is_open and not look.wraps:
            self._more(painter, place.x(), place.y(), look.lines[0], len(row.opened) - 1)

    def _columns(self, painter: QPainter, left: int, top: int, row: LogRow, is_open: bool) -> None:
        """Paint what stands before the text of a row."""
        if row.is_long or row.is_head:
            self._text(painter, left + 6, top, _OPENED if is_open else _CLOSED, self._muted, self._font)
        time = clock(row.entry.time_ms)
        self._text(painter, left + self.mark_px, top, time[3:-3] if self._is_narrow else time, self._muted, self._font)
        chip = QRectF(left + self._chip_left_px, top + 2, _CHIP_CHARACTERS * self.character_px, self.line_px - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._grounds[row.kind])
        painter.drawRoundedRect(chip, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._colors[row.kind])
        painter.setFont(self._chip_font)
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), row.chip[:8])

    def _more(self, painter: QPainter, left: int, top: int, line: StyledText, count: int) -> None:
        """Paint how many lines are not shown, after a line."""
        end = left + self.text_px + self._metrics.horizontalAdvance(line.text[:_SHOWN_CHARACTERS])
        self._text(painter, end + 2 * self.character_px, top, f"+{count:,}", self._muted, self._font)

    def paint_nothing(self, painter: QPainter, rect: QRect, text: str) -> None:
        """Say why there are no rows."""
        painter.setPen(self._muted)
        painter.drawText(rect.adjusted(28, 12, -28, -12), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)

    def paint_awaited(self, painter: QPainter, left: int, top: int) -> None:
        """Paint a row that is not here yet."""
        self._text(painter, left + self.mark_px, top, "…", self._faded, self._font)

    def paint_link(self, painter: QPainter, row: int, lines: tuple[StyledText, ...], place: QPoint) -> None:
        """Underline the link under the mouse if it is in this row."""
        at, line, link = self._hovered
        if link is not None and at == row and line < len(lines):
            begin, end = self.extent(lines[line].text, link)
            bottom, left = place.y() + (line + 1) * self.line_px - 2, place.x() + self.text_px
            painter.drawLine(left + begin, bottom, left + end - 1, bottom)

    def _spans(self, painter: QPainter, left: int, top: int, line: StyledText, color: QColor) -> None:
        text = line.text[:_SHOWN_CHARACTERS]
        if not line.spans:
            self._text(painter, left, top, text, color, self._font)
            return
        position = 0
        # Each turn paints the plain text before a span, then the span; the empty span at the end brings the rest.
        for span in (*line.spans, StyleSpan(len(text), len(text), -1, False)):
            own, font = self._span_colors[span.color] if span.color >= 0 else color, self._bold if span.bold else self._font
            for piece, hue, type_ in ((text[position:span.start], color, self._font), (text[span.start:span.end], own, font)):
                if piece:
                    self._text(painter, left, top, piece, hue, type_)
                    left += (self._bold_metrics if type_ is self._bold else self._metrics).horizontalAdvance(piece)
            position = span.end

    def _text(self, painter: QPainter, left: int, top: int, text: str, color: QColor, font: QFont) -> None:
        painter.setFont(font)
        painter.setPen(color)
        painter.drawText(QPointF(left, top + self._ascent_px), in_order(text))


def _pieces(line: StyledText, characters: int) -> Iterator[StyledText]:
    """Yield a line in pieces. Characters that are not Latin may be twice as wide as others."""
    step = characters if line.text.isascii() else max(characters // 2, 1)
    for begin in range(0, max(len(line.text), 1), step):
        end = begin + step
        spans = tuple(StyleSpan(max(span.start, begin) - begin, min(span.end, end) - begin, span.color, span.bold)
                      for span in line.spans if span.start < end and span.end > begin)
        yield StyledText(line.text[begin:end], spans)


def clock(time_ms: float) -> str:
    """Return the local time of day with microseconds; "" for what has no time."""
    return local_time(time_ms / 1_000).strftime("%H:%M:%S.%f") if time_ms > 0 else ""
