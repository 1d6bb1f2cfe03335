"""The answer as text: a short one with its log in colors, a long one as rows of which only those in sight are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QStackedWidget, QTextEdit, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.reading_direction import MARK
from workbench.editor.utf16 import Utf16Positions
from workbench.gui.look.theme import Theme, blend
from workbench.gui.panels.invocation_words import size
from workbench.gui.panels.result.result_text import VIEW_LIMIT, Piece, json_row_pieces
from workbench.gui.panels.result.result_view import ResultView
from workbench.gui.widgets.lines_view import LinesView
from workbench.state.answers import ReadText
from workbench.state.text_lines import MOST_FOUND

_FOUND_SHARE = 0.35


class TextView(QStackedWidget):
    """Shows either; `short` and `long` are the two."""

    def __init__(self, short: ResultView, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.short, self.long, self.note = short, LinesView("The answer as text"), PlainLabel()
        self._theme = theme
        self._found: list[tuple[int, int]] = []
        self._shown: ReadText | None = None
        self.note.setObjectName("muted")
        behind = QWidget()
        layout = QVBoxLayout(behind)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.long, 1)
        layout.addWidget(self.note)
        for part in (short, behind):
            self.addWidget(part)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._theme = theme
        self.short.set_theme(theme)
        self.long.set_theme(theme)

    @property
    def is_long(self) -> bool:
        """Whether the answer is shown as rows."""
        return self.currentIndex() == 1

    def show_pieces(self, pieces: Sequence[Piece]) -> None:
        """Show a short text."""
        self._shown, self._found = None, []
        self.long.show_rows(None)
        self.short.write(pieces)
        self.setCurrentIndex(0)

    def show_answer(self, answer: ReadText, pieces: Sequence[Piece], *, has_failed: bool) -> None:
        """Show an answer; `pieces` are it with its log, if it is short. An error is always shown as pieces."""
        if answer.lines is None or has_failed or len(answer.lines.text) <= VIEW_LIMIT:
            self.show_pieces(pieces)
        elif answer is not self._shown:
            self._shown = answer
            self.long.show_rows(answer.lines, json_row_pieces if answer.root is not None else None)
            self.note.setText(f"{size(len(answer.content))}, {len(answer.lines):,} lines. Its log is in Log.")
            self.setCurrentIndex(1)

    def search(self, needle: str, found: Callable[[int], None]) -> None:
        """Look for a text in any case, and call `found` with the number of places."""
        if self.is_long:
            self.long.search(needle, found)
            return
        text = self.short.toPlainText()
        positions = Utf16Positions(text)
        looked_for = f"{MARK}*".join(map(re.escape, needle))  # what is shown may have marks that nobody typed
        matches = re.finditer(looked_for, text, re.IGNORECASE) if needle else ()
        self._found = [(positions.to_qt(match.start()), positions.to_qt(match.end())) for match in matches][:MOST_FOUND]
        self.short.setExtraSelections([])
        found(len(self._found))

    def show_found(self, number: int) -> None:
        """Show one of the places that were found."""
        if self.is_long:
            self.long.show_found(number)
            return
        if number >= len(self._found):  # another answer has come since
            return
        cursor, mark, look = QTextCursor(self.short.document()), QTextEdit.ExtraSelection(), QTextCharFormat()
        begin, end = self._found[number]
        cursor.setPosition(begin)
        self.short.setTextCursor(cursor)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        look.setBackground(QColor(blend(self._theme.warning, self._theme.window, _FOUND_SHARE)))
        mark.cursor, mark.format = cursor, look
        self.short.setExtraSelections([mark])
        self.short.centerCursor()
