"""Colors a document line by line, in time slices, so that no text ever freezes the window.

Qt calls `highlightBlock` for a changed line, and for the following ones while the block state changes. The lexer's state is
interned as a number and kept as that block state, so an opened `\"\"\"` recolors exactly the lines it reaches. When a slice
has used up its time, the line is marked as unread (-1), and a timer continues between events.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import (
    QColor,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLayout,
)

from workbench.editor.colors import SYNTAX_KINDS, EditorColors
from workbench.editor.languages import Language
from workbench.editor.utf16 import Utf16Positions

if TYPE_CHECKING:
    from workbench.editor.line_lexer import LineLexer, State  # imports Pygments, so only once something is colored

UNREAD = -1
KIND_PROPERTY = int(QTextFormat.Property.UserProperty)
"""The format property that holds the token kind; bracket matching uses it to ignore strings and comments."""

_TYPING_SLICE_S = 0.012
"""For coloring within a keystroke."""
_BACKGROUND_SLICE_S = 0.005
"""For one turn of the loop. A line takes about 0.12 ms, so 3,000 lines in one go would hold the window for 350 ms."""


class Highlighter(QSyntaxHighlighter):
    """The highlighter of one document. Lives on the GUI thread."""

    def __init__(self, document: QTextDocument, colors: EditorColors, parent: QObject) -> None:
        super().__init__(parent)
        self._formats = _formats(colors)
        self._lexer: LineLexer | None = None
        self._alias = ""
        self._states: list[State] = [None]
        self._numbers: dict[State, int] = {None: 0}
        self._unread: list[QTextCursor] = []  # cursors and not numbers, because Qt moves them along with edits
        self._paused = True
        self._in_slice = False
        self._read_in_slice = 0
        self._changed_end = 0
        self._deadline_s = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.read_slice)
        # Connected before setDocument makes Qt's own connection, so that a slice begins before its first highlightBlock.
        document.contentsChange.connect(self._begin_edit)
        self.setDocument(document)

    @property
    def is_finished(self) -> bool:
        """Whether every line has its final colors."""
        return not self._unread

    def pause(self) -> None:
        """Read nothing while a new text is loaded, or before its colors are wanted, until `restart`."""
        self._paused = True
        self._unread = []

    def restart(self, language: Language) -> None:
        """Read the document from its first line, in slices, the first of them at once."""
        self._paused = False
        self._use(language)
        self._mark_all_unread()
        self.read_slice()

    def set_colors(self, colors: EditorColors) -> None:
        """Change the colors; a line keeps the old ones until its turn comes."""
        self._formats = _formats(colors)
        if not self._paused:
            self._mark_all_unread()
            self.read_slice()

    def read_ahead(self, first: QTextBlock, count: int) -> None:
        """Color lines in view whose turn has not come yet, as if the file began there; they are corrected in their turn."""
        block, state = first, None
        for _ in range(count):
            if not block.isValid():
                return
            if block.userState() == UNREAD:
                state = self._guess(block, state)
            block = block.next()

    def read_slice(self) -> None:
        """Read unread lines for a few milliseconds; a timer continues with the rest."""
        self._in_slice, self._changed_end = True, 0
        self._start_clock(_BACKGROUND_SLICE_S)
        while self._unread and not self._is_out_of_time():
            self._read_from(self._unread.pop(0).block())
        self._in_slice = False
        if self._unread:
            self._timer.start(0)

    def highlightBlock(self, text: str) -> None:
        """Qt's hook: reads the current line, or leaves it for later."""
        if self._paused:
            return
        block = self.currentBlock()
        waits = block.blockNumber() > 0 and self.previousBlockState() == UNREAD
        if waits or self._is_out_of_time():
            self._leave(block, is_first=not waits)
        else:
            self._read(text)

    def _read(self, text: str) -> None:
        self._read_in_slice += 1
        before = self._states[max(0, self.previousBlockState())]
        assert self._lexer is not None
        spans, after = self._lexer.lex(text, before)
        positions = Utf16Positions(text)
        for start, length, kind in spans:
            begin = positions.to_qt(start)
            self.setFormat(begin, positions.to_qt(start + length) - begin, self._formats[kind])
        self.setCurrentBlockState(self._number_of(after))

    def _leave(self, block: QTextBlock, *, is_first: bool) -> None:
        """Keep the line's old colors; mark it as unread if it was itself edited or is the first one left over."""
        for kept in block.layout().formats():  # Qt drops all formats that are not set again within highlightBlock
            self.setFormat(kept.start, kept.length, kept.format)
        if is_first or block.position() < self._changed_end:
            self.setCurrentBlockState(UNREAD)
        if is_first:
            self._unread.append(QTextCursor(block))
            self._timer.start(0)

    def _read_from(self, block: QTextBlock) -> None:
        """Read a line, from which Qt continues."""
        self.rehighlightBlock(block)
        # An edit may have joined the unread line with the one above, whose state then did not change, so that Qt stopped there.
        following = block.next()
        if following.isValid() and following.userState() == UNREAD and not self._unread:
            self._unread.append(QTextCursor(following))

    def _guess(self, block: QTextBlock, state: State) -> State:
        assert self._lexer is not None
        spans, after = self._lexer.lex(block.text(), state)
        positions = Utf16Positions(block.text())
        # Past Qt's highlighter: setFormat only works within highlightBlock, which would also store a state that is a guess.
        block.layout().setFormats([self._range(positions, *span) for span in spans])
        self.document().markContentsDirty(block.position(), block.length())
        return after

    def _range(self, positions: Utf16Positions, start: int, length: int, kind: str) -> QTextLayout.FormatRange:
        found = QTextLayout.FormatRange()
        found.start = positions.to_qt(start)
        found.length = positions.to_qt(start + length) - found.start
        found.format = self._formats[kind]
        return found

    def _begin_edit(self, position: int, _removed: int, added: int) -> None:
        if not self._in_slice:
            self._changed_end = position + added
            self._start_clock(_TYPING_SLICE_S)

    def _start_clock(self, budget_s: float) -> None:
        self._read_in_slice = 0
        self._deadline_s = perf_counter() + budget_s

    def _is_out_of_time(self) -> bool:
        """Whether the slice is over; never before it has read one line, or no progress would be made on a slow machine."""
        return self._read_in_slice > 0 and perf_counter() > self._deadline_s

    def _mark_all_unread(self) -> None:
        block = self.document().firstBlock()
        self._unread = [QTextCursor(block)]
        while block.isValid():
            block.setUserState(UNREAD)
            block = block.next()

    def _use(self, language: Language) -> None:
        if language.lexer != self._alias:
            self._alias, self._lexer = language.lexer, load_lexer(language.lexer)
            self._states, self._numbers = [None], {None: 0}  # another lexer's states mean nothing to this one

    def _number_of(self, state: State) -> int:
        number = self._numbers.get(state)
        if number is None:
            number = self._numbers[state] = len(self._states)
            self._states.append(state)
        return number


def load_lexer(alias: str) -> LineLexer:
    """Return the line lexer for a Pygments alias. The first of its kind takes about 50 ms and may be created on any thread."""
    from workbench.editor.line_lexer import line_lexer

    return line_lexer(alias)


def _formats(colors: EditorColors) -> dict[str, QTextCharFormat]:
    return {kind: _format(kind, getattr(colors, kind)) for kind in SYNTAX_KINDS}


def _format(kind: str, color: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(color))
    made.setFontItalic(kind == "comment")
    made.setProperty(KIND_PROPERTY, kind)
    return made
