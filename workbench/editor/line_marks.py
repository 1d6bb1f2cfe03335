"""Words in the margin beside lines, such as what a line took. They are about one text, and seen only beside that one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextDocument

from workbench.editor.colors import EditorColors
from workbench.editor.document_text import raw_text
from workbench.model.value import Value

_SMALLER = 0.85
_USUAL = "999 ms"
_PAD_PX = 4
_SHARE = {"light": 0.16, "medium": 0.22, "heavy": 0.45}
"""How much of its color a mark has. Slow is no failure, which alone is red: the slowest have more of the same amber."""


class LineMark(Value):
    """A word beside a line and, if it is about more of them, a rule down to `last`; lines count from 1. `tip` says it in full."""

    line: int
    last: int
    text: str
    tip: str
    weight: Literal["light", "medium", "heavy"] = "light"


class LineMarks:
    """The marks of one text, painted by the gutter."""

    def __init__(self) -> None:
        self._marks: dict[int, LineMark] = {}
        self._text = ""
        self._characters = 0
        self._are_seen = True
        self.has_room = False
        """Whether the margin keeps room for them: also when they are gone, so that no text moves while it is typed."""

    def set(self, marks: Iterable[LineMark], document: QTextDocument) -> None:
        """Replace all marks: they are about the text as it is now."""
        self._marks = {mark.line: mark for mark in marks}
        self._text = raw_text(document) if self._marks else ""
        self._characters = document.characterCount()
        self._are_seen = True
        self.has_room = self.has_room or bool(self._marks)

    def clear(self) -> None:
        """Forget them, because another text is loaded."""
        self._marks, self._text, self.has_room = {}, "", False

    def look(self, document: QTextDocument) -> bool:
        """Hide them if the text is another now, and show them if it is theirs again; True if that changed something."""
        if not self._marks:
            return False
        is_as_long = document.characterCount() == self._characters  # asked first: nearly every edit makes it longer or shorter
        were_seen, self._are_seen = self._are_seen, is_as_long and raw_text(document) == self._text
        return self._are_seen is not were_seen

    def by_line(self) -> dict[int, LineMark]:
        """Return the marks by line; none while the text is another."""
        return self._marks if self._are_seen else {}

    def tip(self, line: int) -> str:
        """Return what is to be said of a line, "" for nothing."""
        mark = next((mark for mark in self.by_line().values() if mark.line <= line <= mark.last), None)
        return mark.tip if mark is not None else ""

    def width(self, font: QFont) -> float:
        """Return the room that the margin needs for them, beside line numbers in this font; 0 without any."""
        return QFontMetricsF(_smaller(font)).horizontalAdvance(_USUAL) + 2.5 * _PAD_PX if self.has_room else 0.0

    def paint(self, painter: QPainter, row: QRectF, line: int, colors: EditorColors) -> None:
        """Paint what belongs to a line into its row of the margin, at the left."""
        marks = self.by_line()
        mark = marks.get(line) or next((each for each in marks.values() if each.line < line <= each.last), None)
        if mark is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_ground(mark, colors))
        if mark.line == line:
            self._paint_word(painter, row, mark, colors)
        else:
            painter.drawRect(QRectF(row.left() + 2 * _PAD_PX, row.top(), 2, row.height()))
        painter.restore()

    def _paint_word(self, painter: QPainter, row: QRectF, mark: LineMark, colors: EditorColors) -> None:
        line_height = QFontMetricsF(painter.font()).height()
        painter.setFont(_smaller(painter.font()))
        metrics = painter.fontMetrics()
        chip = QRectF(row.left() + _PAD_PX, row.top() + (line_height - metrics.height()) / 2,
                      metrics.horizontalAdvance(mark.text) + 2 * _PAD_PX, metrics.height())
        painter.drawRoundedRect(chip, 3, 3)
        painter.setPen(QColor(colors.text))
        painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), mark.text)


def _smaller(font: QFont) -> QFont:
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * _SMALLER)
    return smaller


def _ground(mark: LineMark, colors: EditorColors) -> QColor:
    """Return a faint color: the words are for who looks for them."""
    color = QColor(colors.muted if mark.weight == "light" else colors.warning)
    color.setAlphaF(_SHARE[mark.weight])
    return color
