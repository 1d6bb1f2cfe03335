"""Starts the window: QApplication, the asyncio loop on top of it, and one reporter for whatever nobody caught.

The only place that imports qasync. What is slow to import comes later: the editor after the first paint; most panels, the
lexers, numpy and pyqtgraph after that of the workspace (`completion`); the client (aiohttp) on a thread once its engine was
started.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from workbench.gui.garbage import GarbageCollector

ORGANISATION = "lambda-workbench"


def run_window(root: Path | None) -> int:
    """Show the window until it is closed. `root` is a workspace; None opens the last one, or the welcome page."""
    application = make_application(sys.argv[:1])
    garbage = GarbageCollector(application)
    import qasync

    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(_show(application, root, garbage))
    return 0


def make_application(arguments: list[str]) -> QApplication:
    """The QApplication with its names set, which decide where settings go."""
    QApplication.setOrganizationName(ORGANISATION)
    QApplication.setApplicationName(ORGANISATION)
    QApplication.setApplicationDisplayName("Lambda Workbench")
    QApplication.setDesktopFileName(ORGANISATION)
    application = QApplication(arguments)
    application.setQuitOnLastWindowClosed(False)
    return application


async def _show(application: QApplication, root: Path | None, garbage: GarbageCollector) -> None:
    from workbench.gui.appearance import Appearance
    from workbench.gui.error_reporter import ErrorReporter
    from workbench.gui.icons import icon
    from workbench.gui.main_window import MainWindow
    from workbench.gui.preferences import Preferences
    from workbench.workspace.recent import RecentWorkspaces

    reporter = ErrorReporter()
    reporter.install()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(reporter.on_loop_exception)
    preferences, recent = Preferences(), RecentWorkspaces()
    appearance = Appearance(application, preferences)
    appearance.apply()
    window = MainWindow(appearance, preferences, recent, reporter)
    window.setWindowIcon(icon("lambda", appearance.theme.accent))
    reporter.window = window
    closed = asyncio.Event()
    window.closed.connect(closed.set)
    folder = root or next((path for path in recent.list() if path.is_dir()), None)
    if folder is not None:
        window.show_opening()
    else:
        window.show_welcome()
    window.show()
    await _painted(application)
    if folder is not None and not window.show_workspace(folder):
        window.show_welcome()
    await _painted(application)
    if window.workspace is not None:
        window.workspace.completed.connect(garbage.leave_out)
    window.start_workspace()
    garbage.leave_out()
    await closed.wait()
    window.deleteLater()
    await asyncio.sleep(0)


async def _painted(application: QApplication) -> None:
    """Let what there is appear, and then what was typed or clicked have its turn, before more is loaded.

    Not both at once: a click taken in here would enter asyncio's loop a second time.
    """
    application.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    await asyncio.sleep(0)
