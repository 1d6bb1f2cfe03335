"""The side bar: files, functions with their events, or events alone, whichever activity was chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from workbench.gui.widgets.lazy_panel import PanelPlace

_LETTERS = 24
"""How many letters a row has room for at least."""
SHOWN = {"files": ("files",), "functions": ("functions", "events"), "events": ("events",)}
"""The activities, and what each of them shows."""


class SidePanel(QFrame):
    """`files` is a place for what is made when it is first shown."""

    def __init__(self, functions: QWidget, events: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidePanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _LETTERS)
        self.files = PanelPlace()
        self._parts = {"files": self.files, "functions": functions, "events": events}
        self.activity = ""
        """What it shows; "" while it is hidden."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in self._parts.values():
            column.addWidget(part, 1 if part is self.files else 0)
        column.addStretch(1)
        column.setStretchFactor(self.files, 1000)  # the tree takes all, while the lists leave free what they do not need

    def show_activity(self, activity: str) -> None:
        """Show one of `SHOWN`; anything else hides the bar."""
        self.activity = activity if activity in SHOWN else ""
        for name, part in self._parts.items():
            part.setVisible(name in SHOWN.get(self.activity, ()))
        self.setVisible(bool(self.activity))
