"""Looks for problems shortly after typing has paused."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.editor.code_view import CodeView
from workbench.editor.document_text import raw_text
from workbench.editor.problems import Problem

DEBOUNCE_MS = 300

Checker = Callable[[str, str], list[Problem]]
"""From text and file name to problems. Runs on the GUI thread, so it must be fast, and it must not run the code."""


class ProblemTimer(QObject):
    """Runs a checker 300 ms after the last edit of a view and emits the problems it found."""

    found = Signal(object)

    def __init__(self, view: CodeView, checker: Checker) -> None:
        super().__init__(view)
        self._view = view
        self.checker: Checker | None = checker
        self.file_name = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self.check_now)

    def start(self) -> None:
        """Schedule a check for when typing pauses; called after each edit."""
        self._timer.start()

    def stop(self) -> None:
        """Cancel the scheduled check."""
        self._timer.stop()

    def check_now(self) -> None:
        """Check at once; without a checker, emit no problems."""
        self._timer.stop()
        self.found.emit(self.checker(raw_text(self._view.document()), self.file_name) if self.checker else [])
