"""Asynchronous invocation in an open workspace: sending events, the queue, the inbox. Created and closed together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from workbench.gui.application.preferences import WorkspaceMemory
from workbench.gui.look.appearance import Appearance
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.event_sender import EventSender
from workbench.gui.workspace.inbox_controller import InboxController
from workbench.gui.workspace.inbox_display import InboxDisplay
from workbench.gui.workspace.invocation_controller import Source
from workbench.gui.workspace.invocation_opener import InvocationOpener
from workbench.gui.workspace.queue_commands import QueueCommands
from workbench.gui.workspace.queue_display import QueueDisplay
from workbench.gui.workspace.queue_reader import QueueReader
from workbench.model.failures import WorkbenchError

if TYPE_CHECKING:
    from workbench.gui.workspace.workspace_controller import WorkspaceController


class AsynchronousViews(QObject):
    """The parts, and what goes between them. It belongs to the workspace's page."""

    def __init__(
        self, workspace: WorkspaceController, memory: WorkspaceMemory, source: Source, appearance: Appearance,
        report: Callable[[BaseException], None],
    ) -> None:
        """`workspace` has its link, model and panels already."""
        link, page = workspace.link, workspace.page
        super().__init__(page)
        self._page, self._panels = page, workspace.panels
        self.event_sender = EventSender(link, source, report, self)
        self.queue_reader = QueueReader(link, workspace.session.hidden, report, self)
        self.queue_commands = QueueCommands(link, self.queue_reader, page, appearance, report)
        self._opener = InvocationOpener(link, workspace.session, workspace.panels, page, report)
        self.queue = QueueDisplay(self.queue_reader, self.queue_commands, workspace.model, page, appearance)
        self.queue.invocation_requested.connect(self._opener.open)
        self._inbox_controller = InboxController(link, memory, report, self)
        self.inbox = InboxDisplay(self._inbox_controller, self._opener, page, appearance, workspace.session.hidden)
        self.event_sender.named.connect(workspace.panels.name_request)
        self.event_sender.accepted.connect(self._on_accepted)
        self.event_sender.failed.connect(self._on_refused)
        self.queue_commands.failed.connect(page.notice.show_error)
        self._inbox_controller.failed.connect(page.notice.show_error)
        workspace.panels.queue_requested.connect(self._on_queue_requested)

    @property
    def lazy(self) -> dict[str, LazyPanel[Any]]:
        """The views, by name."""
        return {"queue": self.queue.lazy_panel, "inbox": self.inbox.lazy_panel}

    async def close(self) -> None:
        """Cancel the requests in progress, and begin no others."""
        for part in (self.event_sender, self.queue_reader, self.queue_commands, self._inbox_controller, self._opener):
            await part.close()

    def _on_accepted(self, request_id: str) -> None:
        self._page.notice.hide()
        self._panels.show_accepted(request_id)
        self.queue_reader.choose_request(request_id)

    def _on_refused(self, request_id: str, error: WorkbenchError) -> None:
        self._panels.show_failure(request_id, error)

    def _on_queue_requested(self, request_id: str) -> None:
        self._page.regions.reveal_view("queue")
        self.queue_reader.choose_request(request_id)
        self.queue.panel.setFocus()
