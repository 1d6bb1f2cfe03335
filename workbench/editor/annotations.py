"""Notes drawn behind the ends of lines, such as what an import cost. They are not part of the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextBlock, QTextDocument
from PySide6.QtWidgets import QWidget

from workbench.editor.line_anchors import LineAnchors


class Annotations:
    """The notes of one document, painted on `viewport`. Lines count from 1; notes follow them when text above is edited."""

    def __init__(self, document: QTextDocument, viewport: QWidget) -> None:
        self._viewport = viewport
        self._anchors: LineAnchors[str] = LineAnchors(document)

    def set(self, notes: Mapping[int, str]) -> None:
        """Replace all notes; those for lines beyond the end of the text are dropped."""
        self._anchors.set(notes.items())
        self._viewport.update()

    def clear(self) -> None:
        """Forget all notes, because another text is loaded."""
        self._anchors.clear()

    def by_line(self) -> dict[int, str]:
        """Return the notes by the line they are on now."""
        return {line: "   ".join(texts) for line, texts in self._anchors.by_line().items()}

    def paint(self, lines: Iterable[tuple[QTextBlock, QRectF]], code_font: QFont, color: str) -> None:
        """Paint the notes of these lines, given with their rectangles in the viewport. Call it in the viewport's paint event."""
        notes = self.by_line()
        if not notes:
            return
        font = QFont(code_font)
        font.setItalic(True)
        painter = QPainter(self._viewport)
        painter.setFont(font)
        painter.setPen(QColor(color))
        for block, rect in lines:
            note = notes.get(block.blockNumber() + 1)
            if note:
                self._paint_note(painter, block, rect, note)
        painter.end()

    def _paint_note(self, painter: QPainter, block: QTextBlock, rect: QRectF, note: str) -> None:
        metrics = QFontMetricsF(painter.font())
        left = rect.left() + block.layout().lineAt(0).naturalTextRect().right() + 3 * metrics.horizontalAdvance(" ")
        room = self._viewport.width() - left - 4
        if room > 0:
            shown = metrics.elidedText(note, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(left, rect.top(), room, metrics.height()), int(Qt.AlignmentFlag.AlignVCenter), shown)
