"""A lesson's step above the code, in the layout Teach: title, text, checks, and what is wrong with the lesson's file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import SCALE, sized
from workbench.gui.look.theme import Theme
from workbench.gui.panels.lesson.check_list import LONGEST_WORD, CheckList
from workbench.gui.panels.lesson.lesson_buttons import LessonButtons
from workbench.gui.panels.lesson.lesson_text import LessonText
from workbench.gui.panels.lesson.step_body import StepBody
from workbench.gui.widgets.field import breakable
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.two_groups import TwoGroups
from workbench.lessons.lesson import Check, Lesson

MOST_PROBLEMS = 3
"""So many are said; a teacher who has mended them sees the next ones."""


class LessonPanel(QFrame):
    """Signals: `lesson_chosen(str name)`; `moved(int by)`; `reset()`; `ticked(Check, bool)`."""

    lesson_chosen = Signal(str)
    moved = Signal(int)
    reset = Signal()
    ticked = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lesson")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.lessons, self.buttons = FlatCombo(), LessonButtons()
        self.title, self.problems = PlainLabel(), PlainLabel()
        self.text, self.checks = LessonText(theme), CheckList(theme)
        self.body = StepBody(self.text, self.checks, self.problems)
        self._prepare()
        self._lay_out()

    def show_lessons(self, lessons: Sequence[Lesson], shown: Lesson) -> None:
        """Offer all lessons, with this one chosen."""
        self.lessons.blockSignals(True)
        self.lessons.clear()
        for each in lessons:
            self.lessons.addItem(each.title, each.name)
        self.lessons.setCurrentIndex(self.lessons.findData(shown.name))
        self.lessons.blockSignals(False)
        told = [problem.text(shown.name) for problem in shown.problems[:MOST_PROBLEMS]]
        more = len(shown.problems) - MOST_PROBLEMS
        self.problems.setText(breakable("\n".join([*told, *([f"And {more} more."] if more > 0 else [])]), LONGEST_WORD))
        self.problems.setVisible(bool(told))

    def show_step(self, lesson: Lesson, number: int, is_reached: Callable[[Check], bool]) -> None:
        """Show a step, by its number from 0."""
        step = lesson.steps[number] if lesson.steps else None
        self.buttons.show_place(number, len(lesson.steps))
        self.title.setText(breakable(step.title, LONGEST_WORD) if step is not None else "")
        self.title.setVisible(step is not None)
        self.text.show_text(step.text if step is not None else "")
        self.checks.show_checks(step.checks if step is not None else (), is_reached)
        self.body.fit()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.text.set_theme(theme)
        self.checks.set_theme(theme)

    def _prepare(self) -> None:
        self.lessons.setAccessibleName("Lesson")
        self.lessons.setToolTip("The lessons of this workspace: the Markdown files in the folder lessons")
        self.lessons.setMinimumWidth(self.fontMetrics().averageCharWidth() * 12)
        self.lessons.setMaximumWidth(self.fontMetrics().averageCharWidth() * 40)
        self.title.setFont(sized(self.font(), SCALE.sizes.title, SCALE.weights.strong))
        self.title.setWordWrap(True)
        self.problems.setObjectName("problem")
        self.problems.setWordWrap(True)
        self.problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusProxy(self.lessons)
        self.lessons.activated.connect(self._on_chosen)
        self.buttons.moved.connect(self.moved)
        self.buttons.reset.connect(self.reset)
        self.checks.ticked.connect(self.ticked)

    def _lay_out(self) -> None:
        head = TwoGroups()
        head.left.add(self.lessons)
        head.right.add(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 10, 8)
        column.setSpacing(SCALE.spacing_px.tight + 2)
        for part in (head, self.title, self.body):
            column.addWidget(part)

    def _on_chosen(self, index: int) -> None:
        self.lesson_chosen.emit(str(self.lessons.itemData(index)))
