"""A lesson's step before an audience: its question above all else, and its checks at the foot, very large."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import SCALE, sized
from workbench.gui.look.theme import Theme
from workbench.gui.panels.lesson.check_list import LONGEST_WORD, CheckList
from workbench.gui.panels.lesson.lesson_buttons import LessonButtons
from workbench.gui.widgets.field import breakable
from workbench.lessons.lesson import Lesson

_SIZE = 1.6


class PresentedHead(QFrame):
    """The step's title, and the ways on. Signals: `moved(int by)`; `reset()`."""

    moved = Signal(int)
    reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lesson")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title, self.buttons = PlainLabel(), LessonButtons()
        self.title.setFont(sized(self.font(), _SIZE, SCALE.weights.strong))
        self.title.setWordWrap(True)
        self.buttons.moved.connect(self.moved)
        self.buttons.reset.connect(self.reset)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 10, 6)
        row.setSpacing(SCALE.spacing_px.large)
        row.addWidget(self.title, 1)
        row.addWidget(self.buttons, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_step(self, lesson: Lesson, number: int) -> None:
        """Show a step, by its number from 0."""
        self.title.setText(breakable(lesson.steps[number].title, LONGEST_WORD))
        self.buttons.show_place(number, len(lesson.steps))

    def set_theme(self, theme: Theme) -> None:
        """All of its colors are those of the style sheet."""


class PresentedChecks(QFrame):
    """The foot: `checks`, beside each other."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lessonFoot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.checks = CheckList(theme, is_row=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 7, 10, 7)
        column.addWidget(self.checks)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.checks.set_theme(theme)
