"""What a window waits to paint when another theme, or larger type, begins to be shown keeps nothing from being painted later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.application.preferences import Preferences
from workbench.gui.look.appearance import Appearance
from workbench.gui.look.theme import DARK, LIGHT, Theme


class Ground(QWidget):
    """Paints one color."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.resize(parent.size())
        self._color = ""

    def set_theme(self, theme: Theme) -> None:
        self._color = theme.window

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(self._color))


@pytest.fixture
def appearance(qapp: QApplication, tmp_path: Path) -> Iterator[Appearance]:
    before = qapp.styleSheet(), qapp.palette(), qapp.font()
    preferences = Preferences(tmp_path / "window.ini")
    preferences.theme = "dark"
    yield Appearance(qapp, preferences)
    qapp.setStyleSheet(before[0])
    qapp.setPalette(before[1])
    qapp.setFont(before[2])


@pytest.mark.parametrize("is_enlarged", [False, True], ids=["another theme", "larger type"])
def test_what_was_to_be_painted_when_a_change_began_keeps_nothing_from_being_painted(
    appearance: Appearance, qtbot: QtBot, *, is_enlarged: bool
) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    top.resize(60, 40)
    ground = appearance.dress(Ground(top))
    top.show()
    qtbot.waitUntil(lambda: _corner(on_screen(top)) == DARK.window)
    if is_enlarged:
        ground.update()
        appearance.enlarge(1.5, lambda: ground.set_theme(LIGHT))
    else:
        QTimer.singleShot(0, ground, ground.update)  # falls due together with the first step, and comes before it
        appearance.choose("light")
    qtbot.waitUntil(lambda: not appearance.is_changing)
    qtbot.waitUntil(lambda: _corner(on_screen(top)) == LIGHT.window)
    ground.set_theme(DARK)
    ground.update()
    qtbot.waitUntil(lambda: _corner(on_screen(top)) == DARK.window)


def on_screen(window: QWidget) -> QPixmap:
    """What was painted of a window, as it stands: nothing is painted for this."""
    return window.screen().grabWindow(window.winId())


def _corner(picture: QPixmap) -> str:
    return picture.toImage().pixelColor(2, 2).name() if not picture.isNull() else ""  # nothing was painted yet
