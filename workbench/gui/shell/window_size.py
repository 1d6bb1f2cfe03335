"""How large the window opens, and where: as it was left on a screen of this size, else so that it makes use of the screen."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QWidget

from workbench.gui.application.preferences import Preferences

SHARE = 0.86
"""Which share of a screen a window takes that nobody has sized there yet."""
LARGEST = QSize(2200, 1400)
"""Lines of code and log become no easier to read beyond this."""
SMALL = QSize(1440, 900)
"""A window that nobody has sized takes the whole of a screen that is no larger than this."""
FRAME_PX = 48
"""As high as a window's title may be."""


def restore(window: QWidget, preferences: Preferences) -> None:
    """Set size and place before the window is shown. It is never larger than the screen, nor outside of it."""
    available = window.screen().availableGeometry()
    saved = preferences.blob(_name(window))
    if saved.isEmpty() or not window.restoreGeometry(saved):
        window.setGeometry(unsized(available))
    if not window.isMaximized():
        window.setGeometry(inside(window.geometry(), available))


def show(window: QWidget) -> None:
    """Show the window. One that fills its screen is maximized: with a frame around it, its title would be outside."""
    available = window.screen().availableGeometry()
    if fills(window.size(), available.size()) and not window.isMaximized():
        window.setGeometry(_shared(available, QSize()))  # for when it is maximized no more
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)
    window.show()


def save(window: QWidget, preferences: Preferences) -> None:
    """Remember both for screens of this size."""
    preferences.save_blob(_name(window), window.saveGeometry())


def fills(size: QSize, available: QSize) -> bool:
    """Whether a window leaves no room on the screen for the frame that the window system puts around it."""
    return size.width() >= available.width() and size.height() + FRAME_PX > available.height()


def unsized(available: QRect) -> QRect:
    """Where a window opens that nobody has sized: in the middle."""
    if available.width() <= SMALL.width() or available.height() <= SMALL.height():
        return available
    return _shared(available, SMALL)


def _shared(available: QRect, least: QSize) -> QRect:
    size = (available.size() * SHARE).expandedTo(least).boundedTo(LARGEST).boundedTo(available.size())
    place = QRect(available.topLeft(), size)
    place.moveCenter(available.center())
    return place


def inside(place: QRect, available: QRect) -> QRect:
    """The nearest place on the screen: what is too large shrinks, what is outside moves."""
    fitting = QRect(place.topLeft(), place.size().boundedTo(available.size()))
    fitting.moveLeft(min(max(fitting.left(), available.left()), available.right() + 1 - fitting.width()))
    fitting.moveTop(min(max(fitting.top(), available.top()), available.bottom() + 1 - fitting.height()))
    return fitting


def _name(window: QWidget) -> str:
    """A window that fills one screen is small on another: each size of screen has its own."""
    size = window.screen().availableGeometry().size()
    return f"geometry-{size.width()}x{size.height()}"
