"""All problems of one text: those that its checker finds, and those found elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from workbench.editor.code_view import CodeView
from workbench.editor.problem_timer import Checker, ProblemTimer
from workbench.editor.problems import Problem, Severity, check


class ProblemList(QObject):
    """Marks both kinds in the view. Checks when typing pauses; lines count from 1."""

    changed = Signal(object)
    """All `Problem`s now shown, ascending by line."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view
        self._checks = ProblemTimer(view, check)
        self._checked: list[Problem] = []
        self._given: list[Problem] = []
        self._checks.found.connect(self._take_checked)

    def restart(self, file_name: str) -> None:
        """Forget the problems of the former text; the new one is checked soon, by the rules for its file name."""
        self._given, self._checked = [], []
        self.follow_file(file_name)

    def follow_file(self, file_name: str) -> None:
        """Check by the rules for this file name from now on."""
        self._checks.file_name = file_name

    def check_soon(self) -> None:
        """Schedule a check for when typing pauses; call it after each edit."""
        self._checks.start()

    def give(self, problems: Iterable[tuple[int, Severity, str] | Problem]) -> None:
        """Mark problems found elsewhere (`(line, "error" | "warning", message)`) in addition to those found here."""
        self._given = [Problem(*problem) for problem in problems]
        self._show()

    def all(self) -> list[Problem]:
        """Return the problems marked now, ascending by line; line numbers are those of the last check."""
        return sorted(self._checked + self._given)

    def set_checker(self, checker: Checker | None) -> None:
        """Set the check to run when typing pauses; None for no check (a runtime whose grammar this interpreter does not know)."""
        self._checks.checker = checker
        self._checks.check_now()

    def _take_checked(self, problems: list[Problem]) -> None:
        self._checked = problems
        self._show()

    def _show(self) -> None:
        shown = self.all()
        self._view.set_problems(shown)
        self.changed.emit(shown)
