"""How the window ends: ask about unsaved text, leave the engine, and only then close."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.application.error_reporter import ErrorReporter
from workbench.gui.application.preferences import Preferences
from workbench.gui.application.tasks import Tasks
from workbench.gui.shell import window_size
from workbench.gui.shell.workspaces import AGAIN_MS, Workspaces


class Closing(QObject):
    """Closes the window once `is_prepared`: an event handler of Qt cannot wait for an answer or for the engine.

    Emits `closed()` when all is done.
    """

    closed = Signal()

    def __init__(self, window: QWidget, workspaces: Workspaces, preferences: Preferences, reporter: ErrorReporter) -> None:
        super().__init__(window)
        self._window = window
        self._workspaces = workspaces
        self._preferences = preferences
        self._reporter = reporter
        self._tasks = Tasks(reporter.report)
        self._is_begun = False
        self.is_prepared = False
        """Whether nothing is left to do but to close the window."""

    def ask(self) -> None:
        """Close the window unless the person cancels because of unsaved text. Needs a running loop."""
        if self._is_begun:  # another click while the engine is being left
            return
        if self._workspaces.is_begun:  # text may be unsaved already, but there is no workspace to close yet
            QTimer.singleShot(AGAIN_MS, self._window.close)
            return
        self._workspaces.close_tabs_then(self._begin)

    def end(self) -> None:
        """Close without questions, because nobody can be asked: a signal, or the end of the session. Needs a running loop.

        Unsaved text is kept first, and recovered at the next start.
        """
        if not self._is_begun:
            with suppress(OSError):  # a full disk must not keep the window from ending
                self._reporter.save_recovery()
            self._begin()

    def _begin(self) -> None:
        self._is_begun = True
        self._workspaces.refuse_starts()
        self._tasks.spawn("close window", self._finish())

    async def _finish(self) -> None:
        window_size.save(self._window, self._preferences)
        await self._workspaces.close()
        self._preferences.sync()  # QSettings writes some time later, when this process may be gone
        self.is_prepared = True
        self._window.close()
        self.closed.emit()
