"""The window that sits for its pictures: a real one with preferences of its own and a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences, ThemeChoice
from workbench.gui.look.appearance import Appearance
from workbench.gui.shell.main_window import MainWindow
from workbench.gui.workspace.workspace_controller import WorkspaceController
from workbench.model.engine_api import TrustAnswer
from workbench.workspace.recent import RecentWorkspaces

PATIENCE_S = 60
SETTLES_S = 0.15
"""After a change, panels are refreshed at most ten times a second, one after the other."""


class Sitter:
    """A window. Runs on the window's own loop."""

    def __init__(self, application: QApplication, folder: Path) -> None:
        reporter = ErrorReporter()
        preferences = Preferences(folder / "window.ini")
        self.appearance = Appearance(application, preferences)
        self.window = MainWindow(self.appearance, preferences, RecentWorkspaces(folder), reporter)
        reporter.window = self.window
        self.appearance.apply()

    @property
    def workspace(self) -> WorkspaceController:
        """The open workspace."""
        assert self.window.workspace is not None
        return self.window.workspace

    async def open(self, root: Path) -> None:
        """Open a workspace and wait for its engine and all panels."""
        self.window.show()
        assert self.window.open_workspace(root)
        client = await self.workspace.link.ready()
        await client.answer_trust(TrustAnswer(trusted=True))  # or a machine without isolation would run nothing
        await self.settle()

    async def choose(self, function: str, event: str = "") -> None:
        """Choose a function, and one of the workspace's events."""
        self.workspace.model.choose_function(function)
        if event:
            self.workspace.model.choose_event(event)

    async def invoke(self, command: str = "invoke") -> None:
        """Invoke and wait for the report."""
        added = self.begin(command)
        await until(lambda: self.workspace.session.history.added > added)
        newest = self.workspace.session.history.newest()
        await until(lambda: newest is not None and newest.metrics is not None and not self.workspace.invocations.running)

    def begin(self, command: str = "invoke") -> int:
        """Invoke, and return how many invocations there were before."""
        added = self.workspace.session.history.added
        self.window.actions_by_id[command].trigger()
        return added

    async def turn(self, theme: ThemeChoice, size: QSize) -> None:
        """Wear a theme at a size."""
        self.appearance.choose(theme)
        self.appearance.apply()  # at once
        self.window.resize(size)
        await self.settle()

    async def settle(self) -> None:
        """Return when what was changed has been laid out and painted."""
        await asyncio.sleep(SETTLES_S)

    def picture(self) -> QImage:
        """The window, with what lies over it."""
        shown = self.window.grab().toImage()
        over = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        return shown if over is None else _laid_over(shown, self.window, over)

    async def close(self) -> None:
        """Close the window and its engine."""
        closed = asyncio.Event()
        self.window.closed.connect(closed.set)
        self.window.close()
        async with asyncio.timeout(PATIENCE_S):
            await closed.wait()
        self.window.deleteLater()


def _laid_over(shown: QImage, window: QWidget, over: QWidget) -> QImage:
    from PySide6.QtGui import QPainter

    painter = QPainter(shown)
    place = over.mapToGlobal(over.rect().topLeft()) - window.mapToGlobal(window.rect().topLeft())
    painter.drawPixmap(place, over.grab())
    painter.end()
    return shown


async def until(state: Callable[[], bool]) -> None:
    """Wait for a state of widgets or processes."""
    async with asyncio.timeout(PATIENCE_S):
        while not state():  # noqa: ASYNC110  (they have no asyncio event)
            await asyncio.sleep(0.01)
