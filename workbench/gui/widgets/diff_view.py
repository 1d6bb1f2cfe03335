"""A unified diff in colors; for files that have none, their sizes and digests."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from workbench.editor.reading_direction import OrderedText
from workbench.gui.look.theme import DARK, Theme, blend
from workbench.model.comparisons import FileDifference, FileFacts

_GROUND = 0.16


class DiffView(OrderedText):
    """Shows a unified diff. Reads it only; text can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._shown: tuple[list[str], bool] = [], True
        self.setObjectName("area")
        self.setAccessibleName("Differences")
        self.setLineWrapMode(OrderedText.LineWrapMode.NoWrap)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self._theme = theme
        self.setFont(QFont(theme.mono_family))
        self._show(*self._shown)

    def show_difference(self, difference: FileDifference) -> None:
        """Show how a file differs."""
        self.show_diff(difference.diff, "\n".join(_facts(difference)))

    def show_diff(self, diff: str, otherwise: str) -> None:
        """Show a unified diff; if there is none, what is said otherwise."""
        self._shown = (diff or otherwise).split("\n"), bool(diff)
        self._show(*self._shown)

    def _show(self, lines: list[str], is_diff: bool) -> None:
        self.clear()
        self.written = "\n".join(lines)
        cursor = self.textCursor()
        cursor.beginEditBlock()
        is_heading = is_diff  # the names of both sides, up to the first stretch of lines
        for number, line in enumerate(lines):
            if number:
                cursor.insertBlock()
            is_heading = is_heading and not line.startswith("@@")
            self._write(cursor, line, is_diff=is_diff and not is_heading)
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
        cursor.insertText(self.painted(line), character)


def _facts(difference: FileDifference) -> list[str]:
    return [difference.why_no_diff, "", _line("left ", difference.left), _line("right", difference.right)]


def _line(side: str, facts: FileFacts | None) -> str:
    if facts is None:
        return f"{side}  not there"
    return f"{side}  {facts.size_bytes:>12,} bytes" + (f"  SHA-256 {facts.sha256}" if facts.sha256 else "")
