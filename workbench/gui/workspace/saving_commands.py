"""Writes functions of the API into the template, as the engine does it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkbenchError
from workbench.model.saving import SavingReport, SavingWish


class SavingCommands(QObject):
    """Opens the dialog, and asks the engine. It belongs to the workspace's page, as does its dialog.

    Signals: `told(str)` with what was done, `failed(WorkbenchError)`.
    """

    told = Signal(str)
    failed = Signal(object)

    def __init__(
        self, link: EngineLink, model: WorkspaceState, answers: DialogAnswers, report: Callable[[BaseException], None],
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._link = link
        self._model = model
        self._answers = answers
        self._tasks = Tasks(report)
        self._page = page
        self._subject = ""
        """The function that the dialog is about: another may be chosen before it is answered."""

    def save_function(self) -> None:
        """Ask where the chosen function is to be saved."""
        from workbench.gui.dialogs.saving_dialog import SavingDialog

        function = self._model.function
        if function is not None:
            dialog = SavingDialog(function, self._model.workspace.template_path, self._page)
            dialog.chosen.connect(self._on_chosen)
            self._subject = function.name
            self._answers.ask(dialog)

    async def close(self) -> None:
        """Wait for nothing any more; the engine finishes what it has begun."""
        await self._tasks.cancel()

    def _on_chosen(self, wish: SavingWish) -> None:
        self._tasks.spawn("save into the template", self._save(self._subject, wish))

    async def _save(self, name: str, wish: SavingWish) -> None:
        try:
            (report,) = await self._link.client.template.save_functions([name], wish)
        except WorkbenchError as error:
            self.failed.emit(error)
            return
        self._answers.attempt(self._take_in, report)

    def _take_in(self, report: SavingReport) -> None:
        """Show the function as the template has it now."""
        self._model.reload()
        self._model.choose_function(report.logical_id)
        parameters = f"Secrets became parameters: {', '.join(report.parameters)}." if report.parameters else ""
        self.told.emit(" ".join(filter(None, (
            f"{report.function} is in {report.template} now, as {report.logical_id}.", parameters, *report.kept))))
