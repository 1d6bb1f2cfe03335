"""Turns the page to an invocation as it goes: its start, its answer, or why it failed."""

from __future__ import annotations

from PySide6.QtCore import QObject

from workbench.gui.workspace.invocation_controller import InvocationController
from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.model.failures import WorkbenchError


class InvocationDisplay(QObject):
    """Follows the invocations of this window; those of other clients only appear in history and logs."""

    def __init__(
        self, invocations: InvocationController, panels: SessionPanels, bar: NoticeBar, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._invocations = invocations
        self._panels = panels
        self._bar = bar
        invocations.named.connect(panels.name_request)
        invocations.started.connect(self._on_started)
        invocations.answered.connect(self._on_answered)
        invocations.failed.connect(self._on_failed)
        invocations.running_changed.connect(self._on_running_changed)

    def _on_started(self, request_id: str, _function_name: str) -> None:
        self._bar.hide()
        self._panels.select_invocation(request_id)
        self._panels.turn_to_result()
        self._panels.refresher.give_way()

    def _on_answered(self, request_id: str) -> None:
        if request_id != self._panels.selected:  # it was selected when it began, and the person has looked at another one
            self._panels.select_invocation(request_id)

    def _on_failed(self, request_id: str, error: WorkbenchError) -> None:
        self._panels.show_failure(request_id, error)

    def _on_running_changed(self) -> None:
        if not self._invocations.running:
            self._bar.end_progress()
