"""The view of a result's text: answer or error, then the log."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.result.result_text import Piece, Prose
from workbench.gui.widgets.linked_text import LinkedText
from workbench.gui.widgets.source_links import SourceLinks


class ResultView(LinkedText):
    """Shows pieces in the theme's colors. A person who scrolled to the end goes on seeing the end."""

    def __init__(self, links: SourceLinks | None, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(links, parent)
        self._theme = theme
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
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()  # one layout for all pieces
        for piece in pieces:
            cursor.insertText(piece.text, self._format(piece))
        cursor.endEditBlock()
        bar.setValue(bar.maximum() if following else 0)

    def _format(self, piece: Piece) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setForeground(QColor(getattr(self._theme, piece.token)))
        if piece.bold:
            look.setFontWeight(QFont.Weight.DemiBold)
        if isinstance(piece, Prose):
            look.setFontFamilies([self._theme.ui_family])
        return look
