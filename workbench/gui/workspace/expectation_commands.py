"""Opens what an event expects beside the others, to be written like every other file."""

from __future__ import annotations

from PySide6.QtCore import QObject

from workbench.gui.workspace.answer_judging import AnswerJudging
from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.expectation_panes import ExpectationPanes
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.workspace_page import WorkspacePage


class ExpectationCommands(QObject):
    """Runs on the window's loop; belongs to the workspace's page."""

    def __init__(
        self, model: WorkspaceState, judging: AnswerJudging, panes: ExpectationPanes, answers: DialogAnswers,
        page: WorkspacePage,
    ) -> None:
        super().__init__(page)
        self._model, self._judging, self._panes, self._answers = model, judging, panes, answers
        self._documents = page.documents
        panes.edit_wanted.connect(self._open)

    def ask(self) -> None:
        """Write what the chosen event expects."""
        event = self._model.event_file
        if event is not None:
            self._open(event.name)

    def show(self, request_id: str) -> None:
        """Show how a result compares with what its event expects, which can be changed there."""
        name = self._judging.event_of(request_id)
        if name:
            self._open(name)
            self._panes.compare_with(name, request_id)

    def _open(self, event_name: str) -> None:
        path = self._answers.attempt(self._model.workspace.events.begin_expectation, event_name)
        if path is not None and self._documents.open(path):
            tabs = self._documents.tabs
            page = tabs.page_of(str(path))
            if page is not None:
                tabs.groups.put_beside(page)
                tabs.groups.show_page(page)
                page.setFocus()
