"""The field above the history in which people say what they look for, and buttons for what is asked most."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.editor.invalid_mark import mark_invalid
from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import small
from workbench.gui.widgets.two_groups import TwoGroups
from workbench.state.history_query import HELP, has_part, with_part

DELAY_MS = 200
"""So long after the last key the engine is asked."""
CHIPS = (("is:failed", "Failed", "failed"), ("is:cold", "Cold", "cold"), ("is:starred", "★", "starred"))
"""The part of a query, the title, and the word for screen readers. The side bar is narrow."""


class HistoryFilter(QWidget):
    """Emits `changed(str query)` shortly after typing, at once for buttons and Return. `show_state` says what was found."""

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.chips: dict[str, QToolButton] = {}
        self.more = QToolButton()
        self.state = PlainLabel()
        self._told = ""
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(DELAY_MS)
        self._delay.timeout.connect(self._tell)
        self._prepare()
        self._lay_out()

    def set_query(self, text: str) -> None:
        """Ask for something else, as if it had been typed."""
        self.field.setText(text)
        self._tell()

    def show_state(self, text: str, *, is_problem: bool = False) -> None:
        """Show how many were found, or why nothing can be."""
        self.state.setObjectName("problem" if is_problem else "muted")
        self.state.style().polish(self.state)
        self.state.setText(text)
        mark_invalid(self.field, "")
        self.field.setAccessibleDescription(HELP)

    def refuse(self, problem: str) -> None:
        """Say why what is typed is no query, and mark it, until something else is said."""
        self.show_state(problem, is_problem=True)
        mark_invalid(self.field, problem)

    def _prepare(self) -> None:
        self.field.setPlaceholderText(self.tr("is:failed duration>100 text (Ctrl+F)"))
        self.field.setAccessibleName(self.tr("Filter of past invocations"))
        self.field.setAccessibleDescription(HELP)
        self.field.setToolTip(HELP)
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._on_typed)
        self.field.returnPressed.connect(self._tell)
        for part, title, word in CHIPS:
            chip = self.chips[part] = QToolButton()
            chip.setText(title)
            chip.setObjectName("filterChip")
            chip.setCheckable(True)
            chip.setAccessibleName(self.tr("Only {0} invocations").format(word))
            chip.setToolTip(f"{chip.accessibleName()} ({part})")
            chip.setProperty("part", part)
            chip.clicked.connect(self._on_chip)
        self.more.setText("⋯")
        self.more.setObjectName("menuButton")
        self.more.setAutoRaise(True)
        self.more.setAccessibleName(self.tr("What can be done with invocations"))
        self.more.setToolTip(self.more.accessibleName())
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.state.setObjectName("muted")
        self.state.setFont(small(self.state.font()))
        self.state.setWordWrap(True)
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def _lay_out(self) -> None:
        row = TwoGroups()
        row.left.add(*self.chips.values())
        row.right.add(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 4)
        layout.setSpacing(4)
        layout.addWidget(self.field)
        layout.addWidget(row)
        layout.addWidget(self.state)

    def _on_typed(self, text: str) -> None:
        for part, chip in self.chips.items():
            chip.setChecked(has_part(text, part))
        self._delay.start()

    def _on_chip(self) -> None:
        chip = self.sender()
        assert isinstance(chip, QToolButton)
        self.set_query(with_part(self.field.text(), str(chip.property("part")), wanted=chip.isChecked()))

    def _tell(self) -> None:
        self._delay.stop()
        text = self.field.text().strip()
        if text != self._told:
            self._told = text
            self.changed.emit(text)
