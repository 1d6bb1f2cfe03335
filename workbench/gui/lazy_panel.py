"""A place for a panel that is expensive to import: it is made after the first paint, where nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class LazyPanel(QWidget):
    """Empty until `make` was called, once, soon after it was painted for the first time."""

    def __init__(self, make: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._waiting = False
        self.panel: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The window is on screen: now there is time."""
        super().paintEvent(event)
        if not self._waiting:
            self._waiting = True
            QTimer.singleShot(0, self.fill)

    def fill(self) -> None:
        """Make the panel now, if it is not there yet."""
        if self.panel is None:
            self.panel = self._make()
            self._layout.addWidget(self.panel)
            self.setFocusProxy(self.panel)
