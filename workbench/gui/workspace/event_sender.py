"""From "Invoke asynchronously" to the 202: save, send, and say that the event is in the queue."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.invocation_controller import Request, Source, refuse_unusable
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import LATEST
from workbench.model.limits import ASYNCHRONOUS


class EventSender(QObject):
    """Sends events, one task each.

    Signals: `named(str request_id, Request)` as soon as it is known what a request is; `accepted(str request_id)`;
    `failed(str request_id, WorkbenchError)`.
    """

    named = Signal(str, object)
    accepted = Signal(str)
    failed = Signal(str, object)

    def __init__(self, link: EngineLink, source: Source, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._source = source
        self._tasks = Tasks(report)

    def send(self) -> None:
        """Save, then invoke the chosen function asynchronously with the chosen event."""
        request_id = str(uuid.uuid4())
        try:
            self._source.save_for_invoke()
            request = self._source.request()
            self.named.emit(request_id, request)
            refuse_unusable(request, ASYNCHRONOUS)
        except WorkbenchError as error:
            self.failed.emit(request_id, error)
            return
        self._tasks.spawn(f"send to {request.function.name}", self._send(request_id, request))

    async def close(self) -> None:
        """Stop waiting for answers."""
        await self._tasks.cancel()

    async def _send(self, request_id: str, request: Request) -> None:
        try:
            client = await self._link.settled()
            await client.queue.send(
                request.function.name, request.payload, qualifier="" if request.qualifier == LATEST else request.qualifier,
                request_id=request_id, tenant_id=request.tenant_id, refresh=True)
        except WorkbenchError as error:
            self.failed.emit(request_id, error)
        else:
            self.accepted.emit(request_id)
