"""Starts the window: QApplication, the code that was worked on last, then the asyncio loop and the rest on top of it.

The only place that imports qasync, so that it stays replaceable. Slow imports happen only when they are missed: asyncio, the
template's parser and everything about functions once the code takes keys; most panels, the lexers and numpy after
that (`deferred_panels`); the client (aiohttp) on a thread once its engine was started.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QEventLoop, QLocale, Qt
from PySide6.QtWidgets import QApplication

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.garbage import GarbageCollector
from workbench.gui.application.preferences import Preferences
from workbench.gui.look.appearance import STYLE, Appearance
from workbench.gui.look.icons import icon
from workbench.gui.shell import window_size
from workbench.gui.shell.main_window import MainWindow
from workbench.workspace.recent import RecentWorkspaces

ORGANIZATION = "lambda-workbench"
TURN_MS = 10
"""At most this long are events processed that arrived while something was loaded. Usually there are none."""


WORKSPACE_MODULES = (
    "msgspec", "yaml", "workbench.workspace.events", "workbench.workspace.workspace", "workbench.editor.tabs",
    "workbench.gui.panels.navigation.functions_panel", "workbench.gui.workspace.workspace_page",
    "workbench.gui.widgets.row_list", "workbench.state.session", "workbench.client.supervisor",
    "workbench.gui.workspace.asynchronous_views", "workbench.gui.workspace.history_commands",
    "workbench.gui.workspace.workspace_controller",
)
"""What a workspace needs, beyond the code that may be on screen already, in pieces of about 20 ms. Input that arrived meanwhile
is handled between them."""


def run_window(root: Path | None) -> int:
    """Show the window until it is closed. `root` is a workspace; None opens the last one, or the welcome page."""
    application = make_application(sys.argv[:1])
    garbage = GarbageCollector(application)  # first: a worker thread must never collect a QObject
    reporter, recent, preferences = ErrorReporter(), RecentWorkspaces(), Preferences()
    reporter.install()
    appearance = Appearance(application, preferences)
    appearance.prepare()
    window = MainWindow(appearance, preferences, recent, reporter)
    window.setWindowIcon(icon("lambda", appearance.theme.accent))
    reporter.window = window
    folder = root or next((path for path in recent.list() if path.is_dir()), None)
    _begin(application, window, folder, appearance, garbage)
    import qasync  # imports asyncio: only once the code is on screen

    loop = qasync.QEventLoop(application)
    loop.set_exception_handler(reporter.on_loop_exception)
    with loop:
        loop.run_until_complete(_go_on(application, window, folder, garbage))
    return 0


def make_application(arguments: list[str]) -> QApplication:
    """Return the QApplication, with its names set first, because they decide where Qt keeps settings.

    All texts are English, whatever the person's language is, so they are laid out, and figures are written, as in English:
    mirrored, "$LATEST" becomes "LATEST$", and "10.240 MB" in a field would not be the "10,240 MB" beside it.
    """
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    QApplication.setOrganizationName(ORGANIZATION)
    QApplication.setApplicationName(ORGANIZATION)
    QApplication.setApplicationDisplayName("Lambda Workbench")
    QApplication.setDesktopFileName(ORGANIZATION)
    application = QApplication([*arguments, "-style", STYLE])
    application.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    # Closing the last window would end Qt's loop, and asyncio's with it, before `_go_on` is done.
    application.setQuitOnLastWindowClosed(False)
    return application


def _begin(
    application: QApplication, window: MainWindow, folder: Path | None, appearance: Appearance, garbage: GarbageCollector
) -> None:
    """Show the window with the code that was worked on last. It takes keys before there is an asyncio loop.

    Both appear at once: showing an empty window first would be 50 ms sooner, but the code would come 20 ms later.
    """
    has_code = folder is not None and window.show_code(folder)
    if folder is None:
        window.show_welcome()
    elif not has_code:
        window.show_opening()
    appearance.complete()
    window_size.show(window)
    garbage.leave_out()  # or the collector's first turn, while the code is painted, looks through all that was imported: 13 ms
    _paint(application)
    if has_code:  # the first keys may have been typed meanwhile, and the imports that follow take a while
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, TURN_MS)


async def _go_on(application: QApplication, window: MainWindow, folder: Path | None, garbage: GarbageCollector) -> None:
    import asyncio

    # Not `aboutToQuit`, as qasync's README has it: that hangs with Python 3.14 (qasync issue 176).
    closed = asyncio.Event()
    window.closed.connect(closed.set)
    for module in WORKSPACE_MODULES:  # also for whoever is about to open one: all at once they would hold the window up
        import_module(module)
        await asyncio.sleep(0)
    if folder is not None and not await window.show_workspace(folder):
        window.show_welcome()
    _paint(application)
    await asyncio.sleep(0)
    if window.workspace is not None:
        window.workspace.completed.connect(garbage.leave_out)
    window.start_workspace()
    _end_with_signals(application, window)
    garbage.leave_out()
    await closed.wait()
    # Deleted while the application exists: Qt crashes if widgets outlive it.
    window.deleteLater()
    await asyncio.sleep(0)


def _end_with_signals(application: QApplication, window: MainWindow) -> None:
    from workbench.gui.application.end_signals import EndSignals  # takes 5 ms, so only after the code takes keys

    EndSignals(application).ended.connect(window.end)


def _paint(application: QApplication) -> None:
    """Have Qt paint now, without handling input: under a running loop, a slot called from here would enter it a second time."""
    application.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, TURN_MS)
