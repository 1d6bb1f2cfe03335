"""What is expected of an event, condition by condition, below its JSON: what of that the last result with it meets."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QResizeEvent, QShowEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.editor.reading_direction import read_from_left
from workbench.gui.look.appearance import mono_font
from workbench.gui.look.scale import SCALE, small
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.state.expectations import Standing
from workbench.state.json_conditions import Check
from workbench.state.json_operators import NAMES

MOST_LINES = 5
"""As many conditions are seen at once; the others are scrolled to."""
_BORDERS_PX = 4
"""What a theme's borders take of the height, and a pixel that Qt wants below the last line, or it would scroll."""
_HELP = ('JSON that the answer must contain: what is not named does not matter. In place of a value, {"$atLeast": 0} is a '
         f'condition; there are {", ".join(NAMES)}. "$.body.total": … is about that place, {{"errorType": …}} expects a failure, '
         '"$durationMs": {"$below": 100} a Duration, "$status": "timeout" an ending.')


class ExpectationPane(QFrame):
    """Belongs to a page of the editor: that of the event, or (`is_written`) of the file that says what is expected.

    Signals: `edit_wanted()` in the first; `answer_wanted()` to begin with the last answer in the second; `came_and_went()` when
    it is in sight by now, or is not any more.
    """

    edit_wanted = Signal()
    answer_wanted = Signal()
    came_and_went = Signal()

    def __init__(self, parent: QWidget | None = None, *, is_written: bool = False) -> None:
        super().__init__(parent)
        self._is_written, self._theme = is_written, DARK
        self._standing = Standing()
        self._is_listed = True
        self._seen: Callable[[str], str] = _as_is
        self.title, self.summary, self.note = PlainLabel(self.tr("Expects").upper()), ElidedLabel(), PlainLabel()
        self.button = QToolButton()
        self.conditions = _Conditions()
        self._prepare()
        self._lay_out()
        self.show_standing(self._standing, _as_is)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self._theme = theme
        self.conditions.setFont(mono_font(theme))
        self._fill()

    def show_standing(self, standing: Standing, seen: Callable[[str], str], *, has_answer: bool = False) -> None:
        """Show how the conditions stand; `seen` returns texts as they are to be seen. `has_answer`: there is a last answer."""
        self.button.setEnabled(has_answer or not self._is_written)
        self._standing, self._seen = standing, seen
        self._note(_HELP if self._is_written and not standing.total else "", "muted")
        self._fill()

    def show_problem(self, problem: str, *, has_answer: bool = False) -> None:
        """Show why the text is no expectation."""
        self.button.setEnabled(has_answer or not self._is_written)
        self._standing = Standing()
        self._fill()
        self.summary.setText("")
        self._note(problem, "problem")

    def list_conditions(self, is_listed: bool) -> None:
        """List the conditions, or leave that to the pane beside this one, which lists them too."""
        if is_listed != self._is_listed:
            self._is_listed = is_listed
            self._fill()
            self.note.setVisible(is_listed and bool(self.note.text()))

    def showEvent(self, event: QShowEvent) -> None:
        """Tell it."""
        super().showEvent(event)
        self.came_and_went.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell it."""
        super().hideEvent(event)
        self.came_and_went.emit()

    def _prepare(self) -> None:
        self.setObjectName("expectation")
        self.title.setObjectName("sectionTitle")
        self.title.setFont(small(self.font()))
        self.button.setObjectName("stripButton")
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if self._is_written:
            self.button.setText(self.tr("Use the last answer"))
            self.button.setToolTip(self.tr(
                "Replace the text by what the function answered last to this event: "
                "request IDs, times, and what differed from the answer before become conditions"))
            self.button.clicked.connect(self.answer_wanted)
        else:
            self.button.setText(self.tr("Edit"))
            self.button.setAccessibleName(self.tr("Edit what the event expects"))
            self.button.setToolTip(self.tr("Write what is expected of this event (Ctrl+Shift+X)"))
            self.button.clicked.connect(self.edit_wanted)
        self.note.setWordWrap(True)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SCALE.spacing_px.medium)
        head.addWidget(self.title)
        head.addWidget(self.summary, 1)
        head.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 2, 6, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.conditions)
        column.addWidget(self.note)

    def _fill(self) -> None:
        standing, theme = self._standing, self._theme
        words, tip, token = _summary(standing)
        self.summary.setText(words)
        self.summary.setToolTip(tip)
        self.summary.setAccessibleName(tip or words)
        self.summary.setStyleSheet(f"color: {getattr(theme, token)}")
        self.conditions.setVisible(self._is_listed and bool(standing.checks))
        self.conditions.show_checks(standing, self._seen, theme)

    def _note(self, text: str, name: str) -> None:
        self.note.setText(text)
        self.note.setVisible(self._is_listed and bool(text))
        if self.note.objectName() != name:
            self.note.setObjectName(name)
            self.note.style().unpolish(self.note)
            self.note.style().polish(self.note)


class _Conditions(QPlainTextEdit):
    """A line for each condition, as high as these need, up to MOST_LINES."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("monoText")
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # what differs is often at the end
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("What the event expects"))
        self.document().setDocumentMargin(0)
        read_from_left(self)

    def show_checks(self, standing: Standing, seen: Callable[[str], str], theme: Theme) -> None:
        """Show conditions, the first that is not met in sight."""
        self.clear()
        cursor, first_unmet = QTextCursor(self.document()), 0
        cursor.beginEditBlock()  # or it would be laid out after each
        lines = [_line(check, seen, is_compared=standing.is_compared) for check in standing.checks]
        for place, (check, (mark, text)) in enumerate(zip(standing.checks, lines, strict=True)):
            token = "muted" if not standing.is_compared else "success" if check.is_met else "error"
            first_unmet = first_unmet or (0 if check.is_met else place)
            if place:
                cursor.insertBlock()
            cursor.insertText(f"{mark} ", _colored(getattr(theme, token)))
            cursor.insertText(text, _colored(theme.text))
        cursor.endEditBlock()
        self.setToolTip("\n".join(text for _, text in lines[:50]))
        self._fit()
        self.setTextCursor(QTextCursor(self.document().findBlockByNumber(first_unmet)))

    def _fit(self) -> None:
        lines, policy = self._lines(), Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOff if lines <= MOST_LINES else policy.ScrollBarAsNeeded)
        line = self.document().firstBlock().layout().lineAt(0)
        self.setFixedHeight(min(lines, MOST_LINES) * ceil(line.height()) + _BORDERS_PX)

    def _lines(self) -> int:
        """Return how many lines there are as they are wrapped, counted up to the first that is too many."""
        lines, block = 0, self.document().firstBlock()
        while block.isValid() and lines <= MOST_LINES:
            self.blockBoundingRect(block)  # lays it out
            lines, block = lines + max(1, block.layout().lineCount()), block.next()
        return lines

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the conditions need in another width, and keep the line that is in sight."""
        super().resizeEvent(event)
        self._fit()
        self.ensureCursorVisible()


def _as_is(text: str) -> str:
    return text


def _line(check: Check, seen: Callable[[str], str], *, is_compared: bool) -> tuple[str, str]:
    mark = "○" if not is_compared else "✓" if check.is_met else "✕"
    return mark, seen(check.difference or check.text).replace("\n", " ")


def _summary(standing: Standing) -> tuple[str, str, str]:
    """Words, a whole sentence, and a color token."""
    count, met = standing.total, standing.met
    conditions = f"{count:,} condition{'s' if count > 1 else ''}"
    if not count:
        return "nothing yet", "", "muted"
    if not standing.is_compared:
        return conditions, f"{conditions}: invoke with this event, and the result is compared", "muted"
    is_met = met == count
    tip = f"The last result with this event meets {met:,} of {conditions}"
    return f"{'✓' if is_met else '✕'} {met:,} of {count:,}", tip, "success" if is_met else "error"


def _colored(color: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(color))
    return made
