"""Connects the find bar with the text: searches, marks, steps through matches and replaces."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextCursor

from workbench.editor.code_view import CodeView
from workbench.editor.document_text import raw_text
from workbench.editor.find_bar import FindBar
from workbench.editor.search import MAX_MATCHES, compile_query, find_all, replacement
from workbench.editor.selection_layers import span
from workbench.editor.utf16 import Utf16Positions
from workbench.model.failures import InvalidInput

_AFTER_EDIT_MS = 120


class Finder(QObject):
    """The search of one editor. While the bar is open, it searches again shortly after each edit."""

    def __init__(self, view: CodeView, bar: FindBar) -> None:
        super().__init__(bar)
        self._view, self._bar = view, bar
        self._found: list[re.Match[str]] = []
        self._ranges: list[tuple[int, int]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_EDIT_MS)
        self._timer.timeout.connect(self._search_again)
        view.document().contentsChange.connect(self._after_edit)
        self._connect()

    def _connect(self) -> None:
        self._bar.query_changed.connect(self._search_from_caret)
        self._bar.next_requested.connect(self.go_next)
        self._bar.previous_requested.connect(self.go_previous)
        self._bar.replace_requested.connect(self.replace)
        self._bar.replace_all_requested.connect(self.replace_all)
        self._bar.closed.connect(self._forget)

    def open(self) -> None:
        """Show the bar for finding; text selected within one line becomes the query."""
        self._bar.open(self._selected(), replace=False)

    def open_replace(self) -> None:
        """Show the bar for replacing."""
        self._bar.open(self._selected(), replace=True)

    def search(self) -> bool:
        """Find and mark all matches of the bar's query; False if it is not a valid regular expression."""
        self._timer.stop()
        try:
            self._find()
        except InvalidInput as error:
            self._found, self._ranges = [], []
            self._view.match_marks.show((), -1)
            self._bar.refuse(error.message)
            return False
        self._show()
        return True

    def go_next(self) -> None:
        """Select the first match after the caret, else the first in the text."""
        if not self._ensure_found():
            return
        caret = self._view.textCursor().selectionEnd()
        self._go(next((at for at, (start, _) in enumerate(self._ranges) if start >= caret), 0))

    def go_previous(self) -> None:
        """Select the last match before the caret, else the last in the text."""
        if not self._ensure_found():
            return
        caret = self._view.textCursor().selectionStart()
        before = [at for at, (_, end) in enumerate(self._ranges) if end <= caret]
        self._go(before[-1] if before else len(self._ranges) - 1)

    def replace(self) -> None:
        """Replace the selected match, if one is selected, and go to the next."""
        if not self._ensure_found():
            return
        current = self._current()
        if current >= 0 and not self._view.isReadOnly():
            self._replace([current])
            self.search()
        self.go_next()

    def replace_all(self) -> None:
        """Replace every match as a single undo step."""
        self.search()
        count = len(self._found)
        # From the last to the first, so that the positions of those still to be replaced stay valid.
        if count and not self._view.isReadOnly() and self._replace(range(count - 1, -1, -1)):
            self.search()
            self._bar.say(self.tr("Replaced %n match(es)", "", count))

    def _search_again(self) -> None:
        self.search()

    def _replace(self, indexes: list[int] | range) -> bool:
        template, is_regex = self._bar.replace_edit.text(), self._bar.regex_button.isChecked()
        try:
            # All before the first edit: an invalid template must not leave half of them replaced.
            texts = [replacement(self._found[index], template, regex=is_regex) for index in indexes]
        except InvalidInput as error:
            self._bar.refuse(error.message, is_replacement=True)
            return False
        cursor = self._view.textCursor()
        cursor.beginEditBlock()
        for index, text in zip(indexes, texts, strict=True):
            _replace_range(cursor, *self._ranges[index], text)
        cursor.endEditBlock()
        self._view.setTextCursor(cursor)
        return True

    def _ensure_found(self) -> bool:
        # Matches are outdated while the timer runs, and F3 works without the bar, which then keeps none.
        return self.search() if self._timer.isActive() or not self._bar.isVisible() else bool(self._ranges)

    def _find(self) -> None:
        query = self._bar.query()
        text = raw_text(self._view.document())
        self._found = find_all(compile_query(query), text) if query.text else []
        positions = Utf16Positions(text)
        self._ranges = [(positions.to_qt(match.start()), positions.to_qt(match.end())) for match in self._found]

    def _search_from_caret(self) -> None:
        """While a query is being typed, show the first match from the start of the selection on."""
        if not self.search():
            return
        start = self._view.textCursor().selectionStart()
        first = next((at for at, (begin, _) in enumerate(self._ranges) if begin >= start), 0)
        self._go(first)

    def _go(self, index: int) -> None:
        if 0 <= index < len(self._ranges):
            self._view.setTextCursor(span(self._view.textCursor(), *self._ranges[index]))
            self._view.centerCursor() if not self._is_in_view() else self._view.ensureCursorVisible()
        self._show()

    def _is_in_view(self) -> bool:
        return self._view.viewport().rect().contains(self._view.cursorRect())

    def _show(self) -> None:
        current = self._current()
        self._view.match_marks.show(self._ranges, current)
        total = len(self._ranges)
        if not self._bar.query().text:
            self._bar.say("")
        elif not total:
            self._bar.say(self.tr("No match"), is_error=True)
        else:
            shown = f"{total:,}" + ("+" if total == MAX_MATCHES else "")
            place = f"{current + 1:,}" if current >= 0 else "–"
            self._bar.say(self.tr("{current} of {total}").format(current=place, total=shown))

    def _current(self) -> int:
        cursor = self._view.textCursor()
        chosen = (cursor.selectionStart(), cursor.selectionEnd())
        return next((at for at, found in enumerate(self._ranges) if found == chosen), -1)

    def _selected(self) -> str:
        text = self._view.textCursor().selectedText()
        return "" if "\u2029" in text else text  # Qt's paragraph separator: the selection spans lines

    def _after_edit(self, _position: int, removed: int, added: int) -> None:
        if self._bar.isVisible() and (removed or added):
            self._timer.start()

    def _forget(self) -> None:
        self._timer.stop()
        self._found, self._ranges = [], []
        self._view.match_marks.show((), -1)


def _replace_range(cursor: QTextCursor, start: int, end: int, text: str) -> None:
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(text)
