"""From the Invoke button to the answer: save, invoke, report the outcome. The window stays responsive throughout."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Protocol

import msgspec
from PySide6.QtCore import QObject, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.model.function import FunctionConfiguration
from workbench.model.function_version import LATEST
from workbench.model.limit_explanations import asynchronous_event_too_large, environment_too_large, event_too_large
from workbench.model.limits import SYNCHRONOUS, EventLimit, check_environment_size, check_event, environment_size_bytes

CANCEL_RETRY_S = 0.05


class Request(msgspec.Struct, frozen=True):
    """An invocation as the person wants it: the function, its version or alias, the event as bytes, and for which tenant."""

    function: FunctionConfiguration
    payload: bytes
    event_name: str
    qualifier: str = LATEST
    tenant_id: str = ""


class Source(Protocol):
    """Where a request comes from: the open workspace and its documents."""

    def save_for_invoke(self) -> None:
        """Write what the function is made of to disk. Raises WorkspaceError."""

    def request(self) -> Request:
        """The chosen function and event. Raises WorkbenchError when there is none to invoke."""


class InvocationController(QObject):
    """Runs invocations, one task each.

    Signals: `named(str request_id, Request)` as soon as it is known what a request is, also if it is then refused;
    `started(str request_id, str function_name)`, `answered(str request_id)`, `failed(str request_id, WorkbenchError)`,
    `running_changed()`.
    """

    named = Signal(str, object)
    started = Signal(str, str)
    answered = Signal(str)
    failed = Signal(str, object)
    running_changed = Signal()

    def __init__(
        self, link: EngineLink, source: Source, report: Callable[[BaseException], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link = link
        self._source = source
        self._tasks = Tasks(report)
        self._running: dict[str, Request] = {}
        self._made: set[str] = set()

    @property
    def running(self) -> tuple[str, ...]:
        """The IDs of the requests in progress, oldest first."""
        return tuple(self._running)

    def is_own(self, request_id: str) -> bool:
        """Whether this window sent the request, and not boto3 or an earlier window."""
        return request_id in self._made

    def invoke(self, *, cold: bool = False) -> None:
        """Save, then invoke the chosen function with the chosen event. `cold`: in a new environment."""
        # The ID is ours and not the engine's: panels select the invocation, and Cancel finds it, before the engine knows it.
        request_id = str(uuid.uuid4())
        try:
            self._source.save_for_invoke()
            request = self._source.request()
            self.named.emit(request_id, request)
            refuse_unusable(request)
        except WorkbenchError as error:
            self.failed.emit(request_id, error)
            return
        self._running[request_id] = request
        self._made.add(request_id)
        self.running_changed.emit()
        self.started.emit(request_id, request.function.name)
        self._tasks.spawn(f"invoke {request.function.name}", self._invoke(request_id, request, cold))

    def cancel(self, request_id: str = "") -> None:
        """Cancel one invocation; without an ID, the latest in progress."""
        wanted = request_id or next(reversed(self._running), "")
        if wanted:
            self._tasks.spawn("cancel", self._cancel(wanted))

    async def close(self) -> None:
        """Stop waiting for answers. The invocations themselves continue as long as the engine runs."""
        await self._tasks.cancel()

    async def _invoke(self, request_id: str, request: Request, cold: bool) -> None:
        try:
            client = await self._link.settled()
            # `refresh`: the engine reads the workspace within this request. A call of its own before it would be a second
            # round trip, and another client's invocation might come between.
            qualifier = "" if request.qualifier == LATEST else request.qualifier
            await client.invoke(request.function.name, request.payload, qualifier=qualifier, cold=cold, refresh=True,
                                request_id=request_id, tenant_id=request.tenant_id)
        except WorkbenchError as error:
            self.failed.emit(request_id, error)
        else:
            self._link.hurry()
            self.answered.emit(request_id)
        finally:
            self._running.pop(request_id, None)
            self.running_changed.emit()

    async def _cancel(self, request_id: str) -> None:
        """Cancel a request. One of ours that the engine does not know yet is still on its way there, so ask again."""
        while await self._is_unknown(request_id) and request_id in self._running:  # noqa: ASYNC110  (the engine does not tell)
            await asyncio.sleep(CANCEL_RETRY_S)

    async def _is_unknown(self, request_id: str) -> bool:
        """Ask the engine to cancel a request. True if it does not know the ID; other failures are emitted with `failed`."""
        try:
            await self._link.client.cancel(request_id)
        except WorkbenchError as error:
            if isinstance(error, ServiceError) and error.status == 404:
                return True
            self.failed.emit(request_id, error)
        return False


def refuse_unusable(request: Request, limit: EventLimit = SYNCHRONOUS) -> None:
    """Raise ServiceError, with Lambda's message and a hint, if Lambda would refuse the event or the environment variables."""
    refusal = check_event(request.payload, limit)
    if refusal is not None:
        if len(request.payload) > limit.most_bytes:
            explain = event_too_large if limit == SYNCHRONOUS else asynchronous_event_too_large
            refusal.hint = explain(len(request.payload))
        raise refusal
    violation = check_environment_size(request.function.environment)
    if violation is not None:
        hint = environment_too_large(environment_size_bytes(request.function.environment))
        raise ServiceError(violation.code, 400, violation.message, hint=hint)
