"""Another theme is on the screen once it has been changed, whatever else was going on: nothing is left as it was before."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.application.preferences import Preferences, ThemeChoice
from workbench.gui.look.appearance import Appearance
from workbench.gui.look.theme import DARK, HIGH_CONTRAST, LIGHT, Theme
from workbench.gui.panels.order import LAYOUT_NAMES

__all__ = ["play", "root"]

THEMES: dict[ThemeChoice, Theme] = {"light": LIGHT, "dark": DARK, "high-contrast": HIGH_CONTRAST}
CODE = {"app.py": "def handler(event, context):\n    return event\n" * 30}
GROUNDS = ("window", "code", "panel", "surface")
_ALIKE = 0.995
"""Of the pixels: a caret may blink, and times go on, between two pictures."""
_FOREIGN = 0.002
"""Of the pixels at most: the edge of a letter may have any color by chance."""


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


def test_what_gets_its_parent_during_a_change_is_painted_afterwards(appearance: Appearance, qtbot: QtBot) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    top.resize(60, 40)
    top.show()
    ground = appearance.dress(Ground(top))
    ground.setParent(None)

    def adopt(_theme: Theme) -> None:
        assert not top.updatesEnabled()
        ground.setParent(top)
        ground.show()

    appearance.theme_changed.connect(adopt)
    appearance.choose("light")
    qtbot.waitUntil(lambda: not appearance.is_changing)
    qtbot.waitUntil(lambda: _corner(on_screen(top)) == LIGHT.window)


@pytest.mark.parametrize("seed", range(4))
def test_a_theme_that_is_chosen_at_any_moment_is_seen_everywhere(
    play: Callable[[Scenario], None], root: Path, tmp_path: Path, seed: int
) -> None:
    """While a workspace is opened, presented, laid out: whatever is under way, and whatever of the window is to be painted."""
    chance = random.Random(seed)
    roots = [root, WorkspaceBuilder(tmp_path / "other").function("Gamma", CODE).write()]

    async def scenario(window: Window) -> None:
        window.window.resize(1000, 700)
        for _ in range(12):
            await anything(window, chance, roots)
            if chance.random() < 0.5:
                window.appearance.choose(chance.choice([*THEMES]))
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
        choice = chance.choice([*THEMES])
        window.appearance.choose(choice)
        await until(lambda: not window.appearance.is_changing)
        try:  # what is made meanwhile has its colors a moment later
            await until(lambda: is_whole(window.window) and foreign_share(window.window, THEMES[choice]) < _FOREIGN)
        except TimeoutError:
            pytest.fail(f"of another theme than {choice}: {foreign_parts(window.window, THEMES[choice])}")

    play(scenario)


async def anything(window: Window, chance: random.Random, roots: list[Path]) -> None:
    """Something that a person or the program does, which may ask for paint."""
    if window.window.workspace is None or chance.random() < 0.15:
        assert await window.window.open_workspace(chance.choice(roots))
    elif chance.random() < 0.6:
        window.window.run(chance.choice(["presentation", "view.maximize", "focus.configuration", "focus.result", "focus.history",
                                         *(f"layout.{name}" for name in LAYOUT_NAMES)]))
    for part in chance.sample(window.window.findChildren(QWidget), 3):
        part.update()


def is_whole(window: QWidget) -> bool:
    """Whether the screen shows of a window what it would paint now."""
    seen, painted = pixels(on_screen(window)), pixels(window.grab())
    return seen.shape == painted.shape and float((seen == painted).mean()) > _ALIKE


def foreign(window: QWidget, theme: Theme) -> NDArray[np.bool_]:
    """Which pixels of what a window would paint now have the ground of another theme."""
    own = set(vars(theme).values())
    others = {getattr(other, ground) for other in THEMES.values() for ground in GROUNDS} - own
    return np.isin(pixels(window.grab()), [int(color[1:], 16) for color in others])


def foreign_share(window: QWidget, theme: Theme) -> float:
    return float(foreign(window, theme).mean())


def foreign_parts(window: QWidget, theme: Theme) -> set[str]:
    """What is painted where such pixels are."""
    rows, columns = np.nonzero(foreign(window, theme))
    parts = (window.childAt(int(column), int(row)) for row, column in zip(rows[::997], columns[::997], strict=True))
    return {f"{type(part).__name__} in {type(part.parentWidget()).__name__}" for part in parts if part is not None}


def on_screen(window: QWidget) -> QPixmap:
    """What was painted of a window, as it stands: nothing is painted for this."""
    return window.screen().grabWindow(window.winId())


def pixels(picture: QPixmap) -> NDArray[np.uint32]:
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
    seen = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return seen[:, :image.width()] & 0xFFFFFF


def _corner(picture: QPixmap) -> str:
    return picture.toImage().pixelColor(2, 2).name() if not picture.isNull() else ""  # nothing was painted yet
