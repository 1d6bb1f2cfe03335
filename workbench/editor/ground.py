"""Filling rectangles."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter


def fill(painter: QPainter, rect: QRect | QRectF, color: str) -> None:
    """Fill a rectangle with a color such as "#3fb950".

    As `QPainter.fillRect` does. There PySide has to find out which of a dozen ways is meant, and makes the classes of gradients
    for that: 2 ms of the start.
    """
    painter.setBackground(QColor(color))
    painter.eraseRect(rect)
