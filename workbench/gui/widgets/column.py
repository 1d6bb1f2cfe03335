"""One part above another."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget


def column(above: QWidget, below: QWidget) -> QWidget:
    """Return both as one, without gaps. `below` gets all the room that `above` does not need."""
    made = QWidget()
    layout = QVBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(above)
    layout.addWidget(below, 1)
    return made
