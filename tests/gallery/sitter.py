"""The window that sits for its pictures: a real one with preferences of its own and a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from workbench.editor.code_editor import CodeEditor
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
        self.reporter = reporter = ErrorReporter()
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

    @property
    def editor(self) -> CodeEditor:
        """The editor in front."""
        editor = self.workspace.documents.tabs.current_editor()
        assert editor is not None
        return editor

    @property
    def url(self) -> str:
        """Where the engine answers."""
        return self.workspace.link.client.connection.url

    async def open(self, root: Path, *, is_trusted: bool = True) -> None:
        """Open a workspace and wait for its engine and all panels."""
        self.window.show()
        assert await self.window.open_workspace(root)
        client = await self.workspace.link.ready()
        if is_trusted:  # or a machine without isolation would run nothing
            await client.answer_trust(TrustAnswer(trusted=True))
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

    async def carry_out(self, action: str, count: int) -> None:
        """Have something done with the newest invocations of the history that shows a sheet or a window."""
        self.window.run("focus.history")
        model = self.workspace.panels.history.panel.model
        await until(lambda: model.past(count - 1) is not None)
        self.workspace.past.carry_out(action, [past for past in map(model.past, range(count)) if past is not None])
        await until(lambda: bool(self.others()))
        await self.settle()

    def begin(self, command: str = "invoke") -> int:
        """Invoke, and return how many invocations there were before."""
        added = self.workspace.session.history.added
        self.window.actions_by_id[command].trigger()
        return added

    def put_away_drawer(self) -> None:
        """Close the drawer, which a view in it has opened."""
        if self.window.workspace is not None:
            self.workspace.page.regions.open_drawer(is_open=False)

    async def turn(self, theme: ThemeChoice, size: QSize) -> None:
        """Wear a theme at a size."""
        self.appearance.choose(theme)
        self.appearance.apply()  # at once
        self.window.resize(size)
        await self.settle()

    async def settle(self) -> None:
        """Return when what was changed has been laid out and painted."""
        while self.appearance.is_changing:  # noqa: ASYNC110  (steps of the loop, which have no asyncio event)
            await asyncio.sleep(0)
        await asyncio.sleep(SETTLES_S)
        QApplication.sendPostedEvents(None, 0)  # on a busy machine, a part may still wait to be laid out

    def picture(self) -> QImage:
        """The window, with what lies over it."""
        shown = self.window.grab().toImage()
        for over in self.others():
            _lay_over(shown, self.window, over)
        return shown

    def others(self) -> list[QWidget]:
        """What lies over the window: sheets, windows of their own, menus."""
        return [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not self.window]

    async def clear(self) -> None:
        """Close what lies over the window."""
        for over in self.others():
            over.close()
        await self.settle()

    async def close(self) -> None:
        """Close the window and its engine."""
        closed = asyncio.Event()
        self.window.closed.connect(closed.set)
        self.window.close()
        async with asyncio.timeout(PATIENCE_S):
            await closed.wait()
        self.window.deleteLater()


def _lay_over(shown: QImage, window: QWidget, over: QWidget) -> None:
    painter = QPainter(shown)
    place = over.mapToGlobal(over.rect().topLeft()) - window.mapToGlobal(window.rect().topLeft())
    painter.drawPixmap(place, over.grab())
    painter.end()


async def until(state: Callable[[], bool]) -> None:
    """Wait for a state of widgets or processes."""
    async with asyncio.timeout(PATIENCE_S):
        while not state():  # noqa: ASYNC110  (they have no asyncio event)
            await asyncio.sleep(0.01)
