"""The code editor: text area, find and go-to bars, problems, commands. Usable alone."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.editor.code_font import CodeFont
from workbench.editor.code_view import CodeView
from workbench.editor.colors import EditorColors
from workbench.editor.document_text import difference, raw_text
from workbench.editor.editor_actions import add_action
from workbench.editor.editor_bars import EditorBars
from workbench.editor.languages import language_of
from workbench.editor.line_edits import duplicate_lines, move_lines, toggle_comment
from workbench.editor.line_marks import LineMark
from workbench.editor.problem_list import ProblemList
from workbench.editor.utf16 import Utf16Positions

_EDITING = ("editor.replace", "editor.comment", "editor.duplicate", "editor.move_up", "editor.move_down")


class CodeEditor(QWidget):
    """Edits one text. Lines and columns count from 1. Lives on the GUI thread."""

    modification_changed = Signal(bool)
    cursor_moved = Signal(int, int)
    """Line and column of the caret."""
    text_edited = Signal()
    """The person changed the text. Not emitted when a file is loaded."""
    problems_changed = Signal(object)
    """All `Problem`s now shown, ascending by line."""
    font_size_changed = Signal(float)
    """The person zoomed; the new size in points."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = CodeView(self)
        self.bars = EditorBars(self.view, self)
        self.code_font = CodeFont(self.view)
        self.problems = ProblemList(self.view)
        self.actions_by_id: dict[str, QAction] = {}
        self._is_loading = False
        self._lay_out()
        self._connect()
        self._add_actions()

    def text(self) -> str:
        """Return the text, its lines joined by newlines."""
        return raw_text(self.view.document())

    def set_text(self, text: str, file_name: str, *, is_plain: bool = False) -> None:
        """Load a text: unmodified, without undo history; the file name decides the language. `is_plain`: without colors yet."""
        self._is_loading = True  # Qt reports loading as an edit, too; `text_edited` would write a recovery copy
        self.problems.restart(file_name)
        self.view.load(text, language_of(file_name), is_plain=is_plain)
        self.view.document().setModified(False)
        self._is_loading = False
        self.problems.check_soon()

    def replace_text(self, text: str, *, is_loaded: bool = False) -> None:
        """Replace the text by another version as one edit, which Ctrl+Z undoes; the caret stays where it was.

        Only the part that differs is touched, so that marks and notes elsewhere keep their lines. `is_loaded`: the text comes
        from disk and is not an edit by the person.
        """
        line, column = self.caret()
        start, end, new = difference(self.text(), text)
        self._is_loading = is_loaded
        cursor = QTextCursor(self.view.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(new)
        self._is_loading = False
        self.view.setTextCursor(self._cursor_at(line, column))
        self.view.mark_caret()
        self.problems.check_soon()

    def follow_file(self, file_name: str) -> None:
        """Take over the new name of a renamed file, and its language if that differs."""
        self.problems.follow_file(file_name)
        language = language_of(file_name)
        if language != self.view.language:
            self.view.set_language(language)

    @property
    def is_read_only(self) -> bool:
        """Whether the text can be looked at only."""
        return self.view.isReadOnly()

    def set_read_only(self) -> None:
        """Let the text be looked at only, with a caret for the keyboard."""
        self.view.setReadOnly(True)
        self.view.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        for action in _EDITING:
            self.actions_by_id[action].setEnabled(False)

    @property
    def is_modified(self) -> bool:
        """Whether the text differs from what was last loaded or saved."""
        return self.view.document().isModified()

    def set_modified(self, modified: bool) -> None:
        """Set whether the text is modified.

        False: the present state is what is on disk, and undoing back to it makes the text unmodified again. True: no state in
        the undo history is on disk.
        """
        document = self.view.document()
        if modified:
            # Qt forgets the last saved state only on a change from unmodified to modified, so make that change.
            with QSignalBlocker(document):
                document.setModified(False)
        document.setModified(modified)

    def goto(self, line: int, column: int = 1) -> None:
        """Move the caret to a line and column, clamped to the text, and scroll it to the middle of the view."""
        self.view.setTextCursor(self._cursor_at(line, column))
        self.view.centerCursor()

    def _cursor_at(self, line: int, column: int) -> QTextCursor:
        # Clamped: places come from logs and checkers, and the file may have become shorter since.
        document = self.view.document()
        block = document.findBlockByNumber(max(1, min(line, document.blockCount())) - 1)
        offset = Utf16Positions(block.text()).to_qt(max(0, min(column - 1, len(block.text()))))
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + offset)
        return cursor

    def caret(self) -> tuple[int, int]:
        """Return line and column of the caret."""
        cursor = self.view.textCursor()
        column = Utf16Positions(cursor.block().text()).to_python(cursor.positionInBlock())
        return cursor.blockNumber() + 1, column + 1

    def set_line_marks(self, marks: Iterable[LineMark]) -> None:
        """Show words in the margin beside lines. They are about the text as it was saved, and go when it is changed."""
        self.view.set_line_marks(marks)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self.view.set_colors(colors)
        self.bars.set_colors(colors)

    def toggle_comment(self) -> None:
        """Comment out the selected lines, or uncomment them if all are comments."""
        toggle_comment(self.view, self.view.language)

    def duplicate_lines(self) -> None:
        """Copy the selected lines below themselves."""
        duplicate_lines(self.view)

    def move_lines_up(self) -> None:
        """Swap the selected lines with the one above."""
        move_lines(self.view, up=True)

    def move_lines_down(self) -> None:
        """Swap the selected lines with the one below."""
        move_lines(self.view, up=False)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.bars)
        self.setFocusProxy(self.view)

    def _connect(self) -> None:
        document = self.view.document()
        document.modificationChanged.connect(self.modification_changed)
        document.contentsChange.connect(self._after_change)
        self.view.cursorPositionChanged.connect(self._tell_caret)
        self.bars.place_chosen.connect(self.goto)
        self.code_font.zoomed.connect(self.font_size_changed)
        self.problems.changed.connect(self.problems_changed)

    def _add_actions(self) -> None:
        for action_id, text, keys, run in (
            ("editor.find", self.tr("Find"), ("Ctrl+F",), self.bars.open_find),
            ("editor.replace", self.tr("Replace"), ("Ctrl+H",), self.bars.open_replace),
            ("editor.find_next", self.tr("Find next"), ("F3",), self.bars.find_next),
            ("editor.find_previous", self.tr("Find previous"), ("Shift+F3",), self.bars.find_previous),
            ("editor.goto", self.tr("Go to line"), ("Ctrl+G",), self.bars.open_goto),
            ("editor.comment", self.tr("Comment or uncomment lines"), ("Ctrl+/",), self.toggle_comment),
            ("editor.duplicate", self.tr("Duplicate lines"), ("Ctrl+D",), self.duplicate_lines),
            ("editor.move_up", self.tr("Move lines up"), ("Alt+Up",), self.move_lines_up),
            ("editor.move_down", self.tr("Move lines down"), ("Alt+Down",), self.move_lines_down),
            ("editor.zoom_in", self.tr("Zoom in"), ("Ctrl++", "Ctrl+="), self.code_font.zoom_in),
            ("editor.zoom_out", self.tr("Zoom out"), ("Ctrl+-",), self.code_font.zoom_out),
            ("editor.zoom_reset", self.tr("Original size"), ("Ctrl+0",), self.code_font.zoom_reset),
        ):
            add_action(self, self.actions_by_id, action_id, text, keys, run)

    def _after_change(self, _position: int, removed: int, added: int) -> None:
        if (removed or added) and not self._is_loading:  # 0 and 0: only formats changed, or an empty edit block ended
            self.problems.check_soon()
            self.text_edited.emit()

    def _tell_caret(self) -> None:
        self.cursor_moved.emit(*self.caret())
