"""Starts the window: QApplication, the code that was worked on last, then the asyncio loop and the rest on top of it.

The only place that imports qasync. What is slow to import comes when it is missed: asyncio, the template's parser and all that
knows functions once the code takes keys; most panels, the lexers, numpy and pyqtgraph after that (`deferred_panels`); the client
(aiohttp) on a thread once its engine was started.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.garbage import GarbageCollector
from workbench.gui.application.preferences import Preferences
from workbench.gui.look.appearance import STYLE, Appearance
from workbench.gui.look.icons import icon
from workbench.gui.shell.main_window import MainWindow
from workbench.workspace.recent import RecentWorkspaces

ORGANIZATION = "lambda-workbench"
TURN_MS = 10
"""For what is due, or was typed or clicked, while something was loaded: mostly there is nothing."""


WORKSPACE_MODULES = (
    "yaml", "workbench.workspace.workspace", "workbench.state.session", "workbench.client.supervisor",
    "workbench.gui.workspace.workspace_controller",
)
"""What a workspace needs beyond its code, in pieces of some 20 ms: what was typed in the meantime goes first."""


def run_window(root: Path | None) -> int:
    """Show the window until it is closed. `root` is a workspace; None opens the last one, or the welcome page."""
    application = make_application(sys.argv[:1])
    garbage = GarbageCollector(application)
    reporter, recent, preferences = ErrorReporter(), RecentWorkspaces(), Preferences()
    reporter.install()
    appearance = Appearance(application, preferences)
    appearance.prepare()
    window = MainWindow(appearance, preferences, recent, reporter)
    window.setWindowIcon(icon("lambda", appearance.theme.accent))
    reporter.window = window
    folder = root or next((path for path in recent.list() if path.is_dir()), None)
    _begin(application, window, folder, appearance)
    import qasync

    loop = qasync.QEventLoop(application)
    loop.set_exception_handler(reporter.on_loop_exception)
    with loop:
        loop.run_until_complete(_go_on(application, window, folder, garbage))
    return 0


def make_application(arguments: list[str]) -> QApplication:
    """The QApplication with its names set, which decide where settings go."""
    QApplication.setOrganizationName(ORGANIZATION)
    QApplication.setApplicationName(ORGANIZATION)
    QApplication.setApplicationDisplayName("Lambda Workbench")
    QApplication.setDesktopFileName(ORGANIZATION)
    application = QApplication([*arguments, "-style", STYLE])
    application.setQuitOnLastWindowClosed(False)
    return application


def _begin(application: QApplication, window: MainWindow, folder: Path | None, appearance: Appearance) -> None:
    """The window, and in it the code with which a person goes on, which takes keys before there is an asyncio loop.

    Code and window appear in one: an empty window before would come 50 ms sooner, and the code 20 ms later.
    """
    has_code = folder is not None and window.show_code(folder)
    if folder is None:
        window.show_welcome()
    elif not has_code:
        window.show_opening()
    appearance.complete()
    window.show()
    _paint(application)
    if has_code:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, TURN_MS)


async def _go_on(application: QApplication, window: MainWindow, folder: Path | None, garbage: GarbageCollector) -> None:
    import asyncio

    closed = asyncio.Event()
    window.closed.connect(closed.set)
    for module in WORKSPACE_MODULES if folder is not None else ():
        import_module(module)
        await asyncio.sleep(0)
    if folder is not None and not window.show_workspace(folder):
        window.show_welcome()
    _paint(application)
    await asyncio.sleep(0)
    if window.workspace is not None:
        window.workspace.completed.connect(garbage.leave_out)
    window.start_workspace()
    _end_with_signals(application, window)
    garbage.leave_out()
    await closed.wait()
    window.deleteLater()
    await asyncio.sleep(0)


def _end_with_signals(application: QApplication, window: MainWindow) -> None:
    from workbench.gui.application.end_signals import EndSignals  # 5 ms, after the code takes keys

    EndSignals(application).ended.connect(window.end)


def _paint(application: QApplication) -> None:
    """Let what there is appear. No input yet: with a loop, a click taken in here would enter it a second time."""
    application.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, TURN_MS)
