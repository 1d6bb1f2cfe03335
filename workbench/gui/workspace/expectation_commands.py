"""Asks what an event expects, and shows how an answer differs from that."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from workbench.gui.application.tasks import Tasks
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.answer_judging import AnswerJudging
from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.open_workspace import WorkspaceState


class ExpectationCommands(QObject):
    """Runs on the window's loop; belongs to the workspace's page. The dialog is imported when first needed."""

    def __init__(
        self, model: WorkspaceState, judging: AnswerJudging, answers: DialogAnswers, appearance: Appearance, page: QWidget,
    ) -> None:
        super().__init__(page)
        self._model, self._judging, self._answers = model, judging, answers
        self._appearance, self._page = appearance, page
        self._tasks = Tasks(answers.failed.emit)

    def ask(self) -> None:
        """Ask what the chosen event expects."""
        event = self._model.event_file
        if event is not None:
            self._spawn(event.name, self._judging.latest(event.name))

    def show(self, request_id: str) -> None:
        """Show how an answer compares with what its event expects, which can be changed there."""
        name = self._judging.event_of(request_id)
        if name:
            self._spawn(name, request_id)

    async def close(self) -> None:
        """End what is in progress."""
        await self._tasks.cancel()

    def _spawn(self, event_name: str, request_id: str) -> None:
        self._tasks.spawn("what an event expects", self._ask(event_name, request_id))

    async def _ask(self, event_name: str, request_id: str) -> None:
        from workbench.gui.dialogs.expectation_dialog import ExpectationDialog, LastAnswer

        content = self._model.workspace.events.expectation(event_name)
        invocation = self._judging.ended(request_id)
        answer = None if invocation is None else await self._judging.answer_of(invocation)
        last = None if invocation is None or answer is None else LastAnswer(
            answer, invocation.status != "success", self._judging.seen)
        family = self._appearance.theme.mono_family
        dialog = ExpectationDialog(event_name, content.decode("utf-8", "replace"), last, family, self._page)
        dialog.chosen.connect(partial(self._save, event_name, request_id))
        self._answers.ask(dialog)

    def _save(self, event_name: str, request_id: str, content: bytes) -> None:
        self._answers.attempt(self._model.workspace.events.expect, event_name, bytes(content))
        self._judging.judge(request_id)
