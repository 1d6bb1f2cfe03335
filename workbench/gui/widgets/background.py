"""The background of panels in the window's working area, which differs from that of its frame."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

GROUND = "ground"
"""The object name by which the application's style sheet finds what is filled like this. By a property it would ask every widget
that there is for one, which took 2 ms of the window's start.
"""


def fill_background(widget: QWidget) -> None:
    """Fill a widget with the color of the selected tab above it, from now on in that of the theme in force.

    By the application's style sheet. With one in place, Qt puts back an earlier palette of a widget that gets another parent.
    """
    widget.setObjectName(GROUND)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
