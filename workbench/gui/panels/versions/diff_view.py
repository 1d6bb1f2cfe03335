"""How one file differs between two packages: its lines in colors, or its sizes and digests."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from workbench.gui.look.theme import DARK, Theme, blend
from workbench.gui.panels.invocation_words import size
from workbench.gui.widgets.row import Row
from workbench.model.comparisons import FileDifference, FileFacts

_GROUND = 0.16


def file_row(difference: FileDifference) -> Row:
    """Return a file's row: `+` for one that only the right version has, `−` for one that only the left has, `~` for others."""
    if difference.left is None:
        mark, token, facts = "+", "success", difference.right
    elif difference.right is None:
        mark, token, facts = "−", "error", difference.left
    else:
        mark, token, facts = "~", "warning", difference.right
    return Row(key=difference.path, text=difference.path, badge=mark, badge_token=token,
               detail=size(facts.size_bytes) if facts else "", tip=difference.path)


class DiffView(QPlainTextEdit):
    """Shows a unified diff. Reads it only; text can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: FileDifference | None = None
        self.setReadOnly(True)
        self.setObjectName("area")
        self.setAccessibleName("Differences")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self._theme = theme
        self.setFont(QFont(theme.mono_family))
        if self._shown is not None:
            self.show_difference(self._shown)

    def show_difference(self, difference: FileDifference) -> None:
        """Show how a file differs."""
        self._shown = difference
        self.clear()
        lines = difference.diff.split("\n") if difference.diff else _facts(difference)
        cursor = self.textCursor()
        cursor.beginEditBlock()
        for number, line in enumerate(lines):
            if number:
                cursor.insertBlock()
            self._write(cursor, line, is_diff=bool(difference.diff))
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _write(self, cursor: QTextCursor, line: str, *, is_diff: bool) -> None:
        theme, ground, text = self._theme, "", self._theme.text
        if is_diff and line.startswith("+"):
            ground = theme.success
        elif is_diff and line.startswith("-"):
            ground = theme.error
        elif line.startswith("@@") or not is_diff:
            text = theme.muted
        block, character = QTextBlockFormat(), QTextCharFormat()
        if ground:
            block.setBackground(QColor(blend(ground, theme.window, _GROUND)))
        character.setForeground(QColor(text))
        cursor.setBlockFormat(block)
        cursor.insertText(line, character)


def _facts(difference: FileDifference) -> list[str]:
    return [difference.why_no_diff, "", _line("left ", difference.left), _line("right", difference.right)]


def _line(side: str, facts: FileFacts | None) -> str:
    return f"{side}  not there" if facts is None else f"{side}  {facts.size_bytes:>12,} bytes  SHA-256 {facts.sha256}"
