"""Painting before anything else is done, where somebody waits for it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget


def paint_now(widget: QWidget) -> None:
    """Lay out and paint what has changed in a visible widget, in this turn of the loop. Not from within an event of Qt's."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # of all: layouts ask for one another
    widget.repaint()
