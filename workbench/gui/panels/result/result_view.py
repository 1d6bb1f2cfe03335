"""The view of a result's text: answer or error, then the log."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from workbench.editor.reading_direction import MARK, copied_as_written, in_order
from workbench.gui.look.theme import Theme
from workbench.gui.panels.result.result_text import Piece, Prose
from workbench.gui.widgets.linked_text import LinkedText
from workbench.gui.widgets.source_links import SourceLinks
from workbench.state.source_places import source_places


class ResultView(LinkedText):
    """Shows pieces in the theme's colors. A person who scrolled to the end goes on seeing the end."""

    def __init__(self, links: SourceLinks | None, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(links, parent)
        self._theme = theme
        self._has_own_marks = False
        self.setObjectName("monoText")

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's font, and its colors from the next `write` on: those of the present text are part of it."""
        self._theme = theme

    def write(self, pieces: Sequence[Piece]) -> None:
        """Replace the text."""
        bar = self.verticalScrollBar()
        # Only a person who scrolled to the end follows the log; text that fits has value and maximum 0.
        following = bar.value() > 0 and bar.value() == bar.maximum()
        self.clear()
        self._has_own_marks = any(MARK in piece.text for piece in pieces)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()  # one layout for all pieces
        for piece in pieces:
            cursor.insertText(self._painted(piece.text), self._format(piece))
        cursor.endEditBlock()
        bar.setValue(bar.maximum() if following else 0)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy or drag what the function wrote, without the marks that order it on screen."""
        copied = super().createMimeDataFromSelection()
        return copied if self._has_own_marks else copied_as_written(copied)

    def _painted(self, text: str) -> str:
        # Marks would hide a place in a file from the links. With those of the text, it would be unknown which to copy.
        return text if self._has_own_marks or source_places(text) else in_order(text)

    def _format(self, piece: Piece) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setForeground(QColor(getattr(self._theme, piece.token)))
        if piece.bold:
            look.setFontWeight(QFont.Weight.DemiBold)
        if isinstance(piece, Prose):
            look.setFontFamilies([self._theme.ui_family])
        return look
