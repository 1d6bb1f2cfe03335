"""Paints one log line: time, text in its level's color, and the line's own ANSI colors."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.gui.look.theme import Theme
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.widgets.source_links import SourceLink
from workbench.model.moments import local_time
from workbench.state.log_text import StyleSpan
from workbench.state.logs import LineKind, LogRow

Index = QModelIndex | QPersistentModelIndex

_KIND_TOKENS = {
    LineKind.FUNCTION: "text", LineKind.WARNING: "warning", LineKind.ERROR: "error", LineKind.PLATFORM: "muted",
    LineKind.EXTENSION: "muted", LineKind.NOTICE: "info",
}
_KIND_MARKS = {LineKind.WARNING: "▲", LineKind.ERROR: "✕", LineKind.EXTENSION: "⧉", LineKind.NOTICE: "…"}
_ANSI_TOKENS = ("muted", "error", "success", "warning", "create", "runtime_init", "create", "text")
_SHOWN_CHARACTERS = 2_000
"""No screen is wider than this; painting more of a long line would waste time."""


class LogDelegate(QStyledItemDelegate):
    """Paints a mark for warnings and errors, the time, and the text.

    Takes the line from the model's `row_at`. Qt's own delegate would call `data` for every role of every line in view: 2,464
    calls into Python per refresh of a four-column table.
    """

    def __init__(self, model: LogModel, theme: Theme, font: QFont, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._hovered: tuple[int, SourceLink | None] = (-1, None)
        self.set_look(theme, font)

    def set_look(self, theme: Theme, font: QFont) -> None:
        """Use these colors and this font. All that depends on them is computed here and not with each line."""
        self._theme = theme
        self._font = font
        metrics = QFontMetrics(font)
        self._mark_width = metrics.horizontalAdvance("✕ ") + 6
        self._time_width = metrics.horizontalAdvance("00:00:00.000  ")
        self._character_width = metrics.horizontalAdvance("0")
        self._colors = {kind: QColor(getattr(theme, token)) for kind, token in _KIND_TOKENS.items()}
        self._muted, self._selection = QColor(theme.muted), QColor(theme.selection)

    def text_width(self, characters: int) -> int:
        """Return the width in pixels of a line with this many characters."""
        return self._mark_width + self._time_width + (min(characters, _SHOWN_CHARACTERS) + 2) * self._character_width

    def hover(self, row: int, link: SourceLink | None) -> bool:
        """Underline the link under the mouse; None for no link. True if it is another one than before."""
        before, self._hovered = self._hovered, (row, link) if link is not None else (-1, None)
        return self._hovered != before

    def is_on(self, x: int, row: int, link: SourceLink) -> bool:
        """Whether `x`, in pixels from the left of a row, is on the link."""
        left, right = self._extent(self._model.row_at(row), link)
        return left <= x < right

    def _extent(self, row: LogRow, link: SourceLink) -> tuple[int, int]:
        """Where the link's text begins and ends, in pixels from the left of its row."""
        metrics, left = QFontMetrics(self._font), self._mark_width + self._time_width
        return left + metrics.horizontalAdvance(row.text[:link.start]), left + metrics.horizontalAdvance(row.text[:link.end])

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return a size that does not matter: the view sets fixed heights."""
        return QSize(self._time_width, QFontMetrics(self._font).height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the line."""
        rect: QRect = option.rect
        row = self._model.row_at(index.row())
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._selection)
        painter.setFont(self._font)
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip)
        color = self._colors[row.kind]
        painter.setPen(color)
        painter.drawText(rect.adjusted(6, 0, 0, 0), flags, _KIND_MARKS.get(row.kind, ""))
        painter.setPen(self._muted)
        painter.drawText(rect.adjusted(self._mark_width, 0, 0, 0), flags, clock(row))
        painter.setPen(color)
        room = rect.adjusted(self._mark_width + self._time_width, 0, 0, 0)
        if row.spans:
            self._paint_spans(painter, room, flags, row, color)
        else:
            painter.drawText(room, flags, row.text[:_SHOWN_CHARACTERS])
        hovered_row, link = self._hovered
        if link is not None and hovered_row == index.row():
            left, right = self._extent(row, link)
            painter.drawLine(rect.left() + left, rect.bottom() - 1, rect.left() + right - 1, rect.bottom() - 1)

    def _paint_spans(self, painter: QPainter, room: QRect, flags: int, row: LogRow, color: QColor) -> None:
        position, left = 0, room.left()
        # Each turn paints the plain text before a span, then the span; the empty span at the end brings the rest.
        for span in (*row.spans, StyleSpan(len(row.text), len(row.text), -1, False)):
            for text, style in ((row.text[position:span.start], None), (row.text[span.start:span.end], span)):
                left = self._paint_piece(painter, QRect(left, room.top(), 1, room.height()), flags, text, style, color)
            position = span.end

    def _paint_piece(
        self, painter: QPainter, room: QRect, flags: int, text: str, style: StyleSpan | None, color: QColor
    ) -> int:
        font = QFont(self._font)
        font.setWeight(QFont.Weight.DemiBold if style is not None and style.bold else QFont.Weight.Normal)
        painter.setFont(font)
        colored = style is not None and style.color >= 0
        # The 8 bright colors share the tokens of the others.
        painter.setPen(QColor(getattr(self._theme, _ANSI_TOKENS[style.color % 8])) if style and colored else color)
        painter.drawText(room, flags, text)
        return room.left() + painter.fontMetrics().horizontalAdvance(text)


def clock(row: LogRow) -> str:
    """Return the local time of day with milliseconds; "" for a notice, which has no time."""
    if row.time_ms <= 0:
        return ""
    return local_time(row.time_ms / 1_000).strftime("%H:%M:%S.%f")[:-3]
