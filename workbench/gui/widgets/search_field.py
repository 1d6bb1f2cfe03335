"""A field to search in what stands below it, with the number of places and ways to go through them."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from workbench.editor.plain_label import PlainLabel

_PAUSE_MS = 120
"""Typing has to pause for this long before a search begins: one for each key would be in vain."""


class _Edit(QLineEdit):
    """Enter goes on, Shift+Enter back, Escape leaves."""

    moved = Signal(int)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell these keys apart from typing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.moved.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class SearchField(QWidget):
    """Emits `sought(str)`, "" for nothing; `show_count` answers, and `place_wanted(int)` asks for a place, counted from 0.

    `left()`: Escape was pressed.
    """

    sought = Signal(str)
    place_wanted = Signal(int)
    left = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit, self.count = _Edit(), PlainLabel()
        self.previous, self.next = QToolButton(), QToolButton()
        self._places, self._current = 0, 0
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._seek)
        self.edit.setPlaceholderText(name)
        self.edit.setAccessibleName(name)
        self.edit.setClearButtonEnabled(True)
        self.count.setObjectName("muted")
        for button, text, tip in ((self.previous, "↑", "Previous place (Shift+Enter)"), (self.next, "↓", "Next place (Enter)")):
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setAutoRaise(True)
        self._lay_out()
        self._connect()
        self.show_count(0)

    @property
    def text(self) -> str:
        """What is sought."""
        return self.edit.text()

    def show_count(self, places: int) -> None:
        """Take how many places there are, and ask for the first."""
        self._places, self._current = places, 0
        self._tell()
        if places:
            self.place_wanted.emit(0)

    def step(self, by: int) -> None:
        """Go on, or back with -1; after the last place comes the first."""
        if self._pause.isActive():
            self._pause.stop()
            self._seek()
        elif self._places:
            self._current = (self._current + by) % self._places
            self._tell()
            self.place_wanted.emit(self._current)

    def seek_again(self) -> None:
        """Search anew, as something else stands below."""
        if self.text:
            self._seek()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.edit, 1)
        row.addSpacing(6)
        for widget in (self.count, self.previous, self.next):
            row.addWidget(widget)
        self.setFocusProxy(self.edit)

    def _connect(self) -> None:
        self.edit.textChanged.connect(self._pause.start)
        self.edit.moved.connect(self.step)
        self.edit.left.connect(self._on_left)
        self.previous.clicked.connect(self._on_previous)
        self.next.clicked.connect(self._on_next)

    def _seek(self) -> None:
        self.sought.emit(self.text)

    def _on_previous(self) -> None:
        self.step(-1)

    def _on_next(self) -> None:
        self.step(1)

    def _on_left(self) -> None:
        self.edit.clear()
        self.left.emit()

    def _tell(self) -> None:
        has = self._places > 0
        self.count.setText(f"{self._current + 1:,} of {self._places:,}" if has else "none" if self.text else "")
        self.previous.setEnabled(has)
        self.next.setEnabled(has)
