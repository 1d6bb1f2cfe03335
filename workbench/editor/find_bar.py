"""The find and replace bar: what to look for, how many there are, and the buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from workbench.editor.bar import Bar, small_button
from workbench.editor.colors import EditorColors
from workbench.editor.invalid_mark import mark_invalid
from workbench.editor.plain_label import PlainLabel
from workbench.editor.search import SearchQuery


class FindBar(Bar):
    """The widgets alone; `Finder` does the work. Enter goes to the next match, Shift+Enter to the previous one."""

    query_changed = Signal()
    next_requested = Signal()
    previous_requested = Signal()
    replace_requested = Signal()
    replace_all_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._colors: EditorColors | None = None
        self._is_error = False
        self.find_edit = self._line_edit(self.tr("Find"))
        self.replace_edit = self._line_edit(self.tr("Replace with"))
        self.case_button = self._option("Aa", self.tr("Match case"))
        self.word_button = self._option("“W”", self.tr("Whole word"))
        self.regex_button = self._option(".*", self.tr("Regular expression"))
        self.count_label, self.problem_label = PlainLabel(parent=self), PlainLabel(parent=self)
        self.replace_button = QPushButton(self.tr("Replace"), self)
        self.replace_all_button = QPushButton(self.tr("Replace all"), self)
        self._lay_out()
        self._connect()

    def query(self) -> SearchQuery:
        """Return the present search."""
        return SearchQuery(self.find_edit.text(), regex=self.regex_button.isChecked(), case=self.case_button.isChecked(),
                           whole_word=self.word_button.isChecked())

    def open(self, text: str, *, replace: bool) -> None:
        """Show the bar, with its replace row if `replace`. `text` (the selection) replaces the last query unless it is ""."""
        for widget in (self.replace_edit, self.replace_button, self.replace_all_button):
            widget.setVisible(replace)
        self.show()
        if text:
            self.find_edit.setText(text)
        self.find_edit.selectAll()
        self.find_edit.setFocus()
        self.query_changed.emit()

    def refuse(self, problem: str, *, is_replacement: bool = False) -> None:
        """Say what is wrong with what is sought, or with its replacement, and mark the field, until something else is said.

        In a line of its own, from one end to the other: beside the buttons of a narrow editor it was seven lines high.
        """
        self.say("", is_error=True)
        self.problem_label.setText(problem)
        self.problem_label.show()
        mark_invalid(self.replace_edit if is_replacement else self.find_edit, problem)

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Show the match count, or that there is no match."""
        self.count_label.setText(text)
        self.problem_label.hide()
        self._is_error = is_error
        for field in (self.find_edit, self.replace_edit):
            mark_invalid(field, "")
        self._color_count()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        super().set_colors(colors)
        self._colors = colors
        self._color_count()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's hook: Enter and Shift+Enter step through the matches; in the replace field, Enter replaces."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self.replace_edit.hasFocus():
            self.replace_requested.emit()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.previous_requested.emit()
        else:
            self.next_requested.emit()

    def _color_count(self) -> None:
        if self._colors is not None:
            color = self._colors.error if self._is_error else self._colors.muted
            for label in (self.count_label, self.problem_label):
                palette = label.palette()
                palette.setColor(QPalette.ColorRole.WindowText, QColor(color))
                label.setPalette(palette)

    def _line_edit(self, name: str) -> QLineEdit:
        edit = QLineEdit(self)
        edit.setPlaceholderText(name)
        edit.setAccessibleName(name)
        edit.setClearButtonEnabled(True)
        return edit

    def _option(self, sign: str, name: str) -> QToolButton:
        button = small_button(sign, name, self, checkable=True)
        button.toggled.connect(self.query_changed)
        return button

    def _lay_out(self) -> None:
        self.previous_button = small_button("↑", self.tr("Previous match (Shift+F3)"), self)
        self.next_button = small_button("↓", self.tr("Next match (F3)"), self)
        self.close_button = small_button("×", self.tr("Close (Esc)"), self)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.find_edit, 0, 0)
        options = _row(self.case_button, self.word_button, self.regex_button, self.previous_button, self.next_button)
        options.addWidget(self.count_label, 1)
        grid.addLayout(options, 0, 1, 1, 2)
        grid.addWidget(self.close_button, 0, 3)
        grid.addWidget(self.replace_edit, 1, 0)
        below = _row(self.replace_button, self.replace_all_button)
        below.addStretch(1)
        grid.addLayout(below, 1, 1, 1, 2)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(2, 5)
        grid.addWidget(self.problem_label, 2, 0, 1, 4)
        self.problem_label.setWordWrap(True)
        self.problem_label.hide()
        # Room for the longest count, so that the fields do not change their width with each match.
        self.count_label.setMinimumWidth(self.fontMetrics().horizontalAdvance("20,000 of 20,000+"))

    def _connect(self) -> None:
        self.find_edit.textChanged.connect(self.query_changed)
        self.next_button.clicked.connect(self.next_requested)
        self.previous_button.clicked.connect(self.previous_requested)
        self.close_button.clicked.connect(self.leave)
        self.replace_button.clicked.connect(self.replace_requested)
        self.replace_all_button.clicked.connect(self.replace_all_requested)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(2)
    for widget in widgets:
        row.addWidget(widget)
    return row
