"""The code editor: text area, find and go-to bars, problems, commands. Usable alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QAction, QFont, QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.editor.code_view import DEFAULT_FONT_SIZE_PT, CodeView
from workbench.editor.colors import EditorColors
from workbench.editor.document_text import difference, raw_text
from workbench.editor.editor_actions import add_action
from workbench.editor.languages import language_of
from workbench.editor.line_edits import duplicate_lines, move_lines, toggle_comment
from workbench.editor.problem_timer import Checker, ProblemTimer
from workbench.editor.problems import Problem, Severity, check
from workbench.editor.utf16 import Utf16Positions

if TYPE_CHECKING:  # imported only when a bar is first opened, which keeps the window's start fast
    from workbench.editor.bar import Bar
    from workbench.editor.find_bar import FindBar
    from workbench.editor.finder import Finder
    from workbench.editor.goto_bar import GotoBar

_MIN_FONT_SIZE_PT, _MAX_FONT_SIZE_PT = 5.0, 48.0


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
        self._bars: list[Bar] = []
        self.actions_by_id: dict[str, QAction] = {}
        self._checks = ProblemTimer(self.view, check)
        self._checked: list[Problem] = []
        self._given: list[Problem] = []
        self._is_loading = False
        self._lay_out()
        self._connect()
        self._add_actions()

    @cached_property
    def find_bar(self) -> FindBar:
        """The find and replace bar, created for the first search."""
        from workbench.editor.find_bar import FindBar

        bar = FindBar(self)
        self._take_in(bar)
        return bar

    @cached_property
    def goto_bar(self) -> GotoBar:
        """The go-to-line bar, created on first use."""
        from workbench.editor.goto_bar import GotoBar

        bar = GotoBar(self)
        bar.place_chosen.connect(self.goto)
        self._take_in(bar)
        return bar

    @cached_property
    def finder(self) -> Finder:
        """The search, created together with its bar."""
        from workbench.editor.finder import Finder

        return Finder(self.view, self.find_bar)

    def text(self) -> str:
        """Return the text, its lines joined by newlines."""
        return raw_text(self.view.document())

    def set_text(self, text: str, file_name: str, *, is_plain: bool = False) -> None:
        """Load a text: unmodified, without undo history; the file name decides the language. `is_plain`: without colors yet."""
        self._is_loading = True  # Qt reports loading as an edit, too; `text_edited` would write a recovery copy
        self._given, self._checked, self._checks.file_name = [], [], file_name
        self.view.load(text, language_of(file_name), is_plain=is_plain)
        self.view.document().setModified(False)
        self._is_loading = False
        self._checks.start()

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
        self._checks.start()

    def follow_file(self, file_name: str) -> None:
        """Take over the new name of a renamed file, and its language if that differs."""
        self._checks.file_name = file_name
        language = language_of(file_name)
        if language != self.view.language:
            self.view.set_language(language)

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

    def set_problems(self, problems: Iterable[tuple[int, Severity, str] | Problem]) -> None:
        """Mark problems found elsewhere (`(line, "error" | "warning", message)`) in addition to those found here."""
        self._given = [Problem(*problem) for problem in problems]
        self._show_problems()

    def problems(self) -> list[Problem]:
        """Return the problems marked now, ascending by line; line numbers are those of the last check."""
        return sorted(self._checked + self._given)

    def set_checker(self, checker: Checker | None) -> None:
        """Set the check to run when typing pauses; None for no check (a runtime whose grammar this interpreter does not know)."""
        self._checks.checker = checker
        self._checks.check_now()

    def set_annotations(self, annotations: Mapping[int, str]) -> None:
        """Draw notes at the ends of lines, such as `{2: "# 143 ms of the last cold start"}`. They are not part of the text."""
        self.view.set_annotations(annotations)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self.view.set_colors(colors)
        for bar in self._bars:
            bar.set_colors(colors)

    def font_size(self) -> float:
        """Return the font size in points."""
        return self.view.font().pointSizeF()

    def set_font_size(self, size_pt: float) -> None:
        """Set the font size in points, clamped to 5 to 48."""
        font = QFont(self.view.font())
        font.setPointSizeF(min(_MAX_FONT_SIZE_PT, max(_MIN_FONT_SIZE_PT, size_pt)))
        self.view.set_code_font(font)

    def set_font_family(self, family: str) -> None:
        """Set the font family, which should be fixed-width."""
        font = QFont(self.view.font())
        font.setFamilies([family])
        self.view.set_code_font(font)

    def open_goto(self) -> None:
        """Show the go-to-line bar."""
        self._hide_bars()
        self.goto_bar.open(self.caret()[0], self.view.blockCount())

    def open_find(self) -> None:
        """Show the find bar."""
        self._hide_bars()
        self.finder.open()

    def open_replace(self) -> None:
        """Show the find bar with its replace row."""
        self._hide_bars()
        self.finder.open_replace()

    def find_next(self) -> None:
        """Go to the next match."""
        self.finder.go_next()

    def find_previous(self) -> None:
        """Go to the previous match."""
        self.finder.go_previous()

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

    def zoom_in(self) -> None:
        """Make the font one point larger."""
        self._zoom(1)

    def zoom_out(self) -> None:
        """Make the font one point smaller."""
        self._zoom(-1)

    def zoom_reset(self) -> None:
        """Restore the default font size."""
        self._zoom(DEFAULT_FONT_SIZE_PT - self.font_size())

    def _zoom(self, points: float) -> None:
        self.set_font_size(self.font_size() + points)
        self.font_size_changed.emit(self.font_size())

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.view, 1)
        self.setFocusProxy(self.view)

    def _take_in(self, bar: Bar) -> None:
        self._bars.append(bar)
        bar.set_colors(self.view.colors)
        bar.closed.connect(self.view.setFocus)  # a hidden bar would leave the focus nowhere
        self._column.addWidget(bar)

    def _hide_bars(self) -> None:
        for bar in self._bars:
            bar.hide()

    def _connect(self) -> None:
        document = self.view.document()
        document.modificationChanged.connect(self.modification_changed)
        document.contentsChange.connect(self._after_change)
        self.view.cursorPositionChanged.connect(self._tell_caret)
        self.view.zoom_requested.connect(self._zoom)
        self._checks.found.connect(self._take_checked)

    def _add_actions(self) -> None:
        for action_id, text, keys, run in (
            ("editor.find", self.tr("Find"), ("Ctrl+F",), self.open_find),
            ("editor.replace", self.tr("Replace"), ("Ctrl+H",), self.open_replace),
            ("editor.find_next", self.tr("Find next"), ("F3",), self.find_next),
            ("editor.find_previous", self.tr("Find previous"), ("Shift+F3",), self.find_previous),
            ("editor.goto", self.tr("Go to line"), ("Ctrl+G",), self.open_goto),
            ("editor.comment", self.tr("Comment or uncomment lines"), ("Ctrl+/",), self.toggle_comment),
            ("editor.duplicate", self.tr("Duplicate lines"), ("Ctrl+D", "Shift+Alt+Down"), self.duplicate_lines),
            ("editor.move_up", self.tr("Move lines up"), ("Alt+Up",), self.move_lines_up),
            ("editor.move_down", self.tr("Move lines down"), ("Alt+Down",), self.move_lines_down),
            ("editor.zoom_in", self.tr("Zoom in"), ("Ctrl++", "Ctrl+="), self.zoom_in),
            ("editor.zoom_out", self.tr("Zoom out"), ("Ctrl+-",), self.zoom_out),
            ("editor.zoom_reset", self.tr("Original size"), ("Ctrl+0",), self.zoom_reset),
        ):
            add_action(self, self.actions_by_id, action_id, text, keys, run)

    def _after_change(self, _position: int, removed: int, added: int) -> None:
        if (removed or added) and not self._is_loading:  # 0 and 0: only formats changed, or an empty edit block ended
            self._checks.start()
            self.text_edited.emit()

    def _tell_caret(self) -> None:
        self.cursor_moved.emit(*self.caret())

    def _take_checked(self, problems: list[Problem]) -> None:
        self._checked = problems
        self._show_problems()

    def _show_problems(self) -> None:
        shown = self.problems()
        self.view.set_problems(shown)
        self.problems_changed.emit(shown)
