"""The window's side of the engine: start it or attach to it, follow its stream, survive its end, and report its state."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.background import begin_awaited
from workbench.gui.application.tasks import Tasks
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.pump import Pump
from workbench.model.allowances import Change, allowed_for
from workbench.model.engine_api import Health, Settings
from workbench.model.events import StreamEvent
from workbench.model.failures import EngineError, ServiceError, WorkbenchError
from workbench.state.session import Session, Topic

if TYPE_CHECKING:
    # aiohttp takes longer to import than Qt, so it is loaded after the first paint, see `workbench.gui.shell.app`.
    from workbench.client.api import EngineClient
    from workbench.client.supervisor import EngineSupervisor

FULL_S = 0.02
"""How often a full pump is looked at again before the stream is read on."""
WATCH_S = 0.25
HISTORY_EVENTS = 20_000
"""How many of the journal's events are shown when a workspace is opened; older ones stay in the journal."""


class EngineLink(QObject):
    """One workspace's engine as the window sees it. Runs on the window's asyncio loop.

    Signals: `state_changed(LinkState)`; `health_changed(Health)`; `topics_changed(set)` with what changed in the session;
    `progressed(list[StreamEvent])` with the `sandbox.progress` events of a batch; `past_changed(dict)` with the record of a
    `sandbox.historyChanged`, whoever did it.
    """
    # Signals carry Python values as `object`: PySide converts a declared `dict` or `list`, which copies it and drops keys that
    # are not text.

    state_changed = Signal(object)
    health_changed = Signal(object)
    topics_changed = Signal(object)
    progressed = Signal(object)
    past_changed = Signal(object)

    def __init__(
        self, workspace: Path, state_directory: Path, session: Session, report: Callable[[BaseException], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._state_directory = state_directory
        self._session = session
        self._tasks = Tasks(report)
        self._pump = Pump(self._apply, self)
        self._pump.drained.connect(self.topics_changed)
        self._supervisor: EngineSupervisor | None = None
        self._client: EngineClient | None = None
        self._following: asyncio.Task[None] | None = None
        self._restarting = asyncio.Lock()
        self._settling = asyncio.Lock()
        self.state = LinkState("starting")
        self.health: Health | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a connected engine."""
        return self._client is not None

    @property
    def client(self) -> EngineClient:
        """The engine's client. Raises EngineError, with the link's state as the reason, while there is none."""
        if self._client is None:
            raise EngineError(self.state.message or "The engine is still starting.", self.state.hint or "Try again in a moment.")
        return self._client

    def start(self) -> None:
        """Start an engine, or attach to a running one, in the background."""
        self._following = self._tasks.spawn("engine link", self._keep())

    async def restart(self) -> None:
        """End our engine and start another. A new supervisor also begins with a full restart budget."""
        async with self._restarting:  # two at a time would both start one, and both follow it
            await self._stop_following()
            if self._supervisor is not None:
                await self._supervisor.release()
                self._supervisor = None
            self.start()

    async def close(self) -> None:
        """Leave the engine: one that we started ends, one that we attached to keeps running."""
        await self._tasks.cancel()
        await self._drop_client()
        if self._supervisor is not None:
            await self._supervisor.release()
        self._set_state(LinkState("closed"))

    async def ready(self) -> EngineClient:
        """Wait for the engine and return its client. Raises EngineError if it failed to start or the link is closed."""
        while self._client is None:
            if self.state.phase in ("failed", "closed"):
                raise EngineError(self.state.message, self.state.hint)
            await asyncio.sleep(0.02)
        return self._client

    async def settled(self) -> EngineClient:
        """Return the client once all changes of settings requested so far are in force. Raises EngineError like `ready`.

        An invocation right after a click on another sandbox would otherwise race with the change, and might run in the old one.
        """
        async with self._settling:  # asyncio.Lock is fair: whoever asked earlier has been served when we get it
            return await self.ready()

    async def change_settings(self, change: Callable[[Settings], Settings]) -> None:
        """Change the engine's settings (sandbox, images, Region) and read back what is in force.

        `change` gets the present settings under a lock: two changes made from one older copy would undo each other.
        """
        async with self._settling:
            await self.client.change_settings(change((await self.client.health()).settings))
            await self.refresh_health()

    async def allow(self, function_name: str, change: Change) -> None:
        """Change what a function may use of this machine, and read back what is in force. Serialized like `change_settings`."""
        async with self._settling:
            # Allowances are kept by logical ID, but callers know a function by name. The engine maps them: its names are the
            # valid ones, and WORKSPACE is no function at all.
            functions = {function.name: function.logical_id for function in await self.client.functions()}
            logical_id = functions.get(function_name, function_name)
            await self.client.allow(function_name, change(allowed_for(await self.client.allowed(), logical_id)))
            await self.refresh_health()

    async def refresh_health(self) -> None:
        """Read the engine's settings, sandboxes and allowances again."""
        self.health = await self.client.health()
        self.health_changed.emit(self.health)

    async def _keep(self) -> None:
        while True:
            try:
                await self._connect()
                await self._follow()
                self._set_state(LinkState("lost", "The engine ended and is started again.",
                                          f"See {self._state_directory / 'engine.log'}."))
            except (EngineError, ServiceError, OSError, TimeoutError) as error:
                # Without a client, the supervisor got no engine within its restart budget: another attempt would loop forever.
                if self._client is None:
                    self._set_state(_failed(error))
                    return
                self._set_state(LinkState("lost", str(error)))
            finally:
                await self._drop_client()

    async def _connect(self) -> None:
        from workbench.client.supervisor import EngineSupervisor

        if self.state.phase not in ("starting", "lost"):
            self._set_state(LinkState("starting"))
        if self._supervisor is None:
            self._supervisor = EngineSupervisor(self._workspace, self._state_directory)
        self._client = await self._supervisor.acquire()
        await self.refresh_health()
        await self._read_debugging(self._client)
        # Last: "running" makes controllers send requests and the window show what the calls above have read.
        self._set_state(LinkState("running"))

    async def _read_debugging(self, client: EngineClient) -> None:
        """Ask which functions are debugged. The journal cannot tell: it also has what was debugged under earlier engines."""
        assert self.health is not None
        self._session.debugging.begin(await client.debugging.debugged(), self.health.seq)
        self.topics_changed.emit({Topic.DEBUGGING})

    async def _follow(self) -> None:
        """Follow the stream until it is gone for good or our engine's process has ended. Raises what reading raised."""
        assert self._client is not None
        reading = begin_awaited("Reading the engine's stream", self._read(self._client))
        watching = begin_awaited("The watch of the engine", self._watch())
        try:
            await asyncio.wait((reading, watching), return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
        finally:
            for task in (reading, watching):
                task.cancel()
            await asyncio.gather(reading, watching, return_exceptions=True)

    async def _read(self, client: EngineClient) -> None:
        from workbench.client.stream import follow

        await asyncio.to_thread(import_module, "workbench.state.timeline")  # the first event needs it, and with it numpy
        # Closed here, also when this is cancelled: left to the garbage, it would complain after the loop has ended.
        async with contextlib.aclosing(follow(client, self._since())) as batches:
            async for batch in batches:
                self._pump.put(batch)
                # Not reading on is the back pressure: the socket's buffers fill, and the engine leaves out log lines for this
                # follower instead of letting the window's memory grow.
                while self._pump.is_full:  # noqa: ASYNC110  (its timer empties it)
                    await asyncio.sleep(FULL_S)

    def hurry(self) -> None:
        """Tell of what the stream brings next at once: an answer has come, and somebody waits for it."""
        self._pump.hurry()

    def _since(self) -> int:
        """The sequence number to continue after: the last event seen, or at the start HISTORY_EVENTS back in the journal."""
        newest = self.health.seq if self.health is not None else 0
        return self._session.sequence.last or max(0, newest - HISTORY_EVENTS)

    def _apply(self, batch: list[StreamEvent]) -> set[Topic]:
        topics = self._session.apply(batch, time.time() * 1000)
        progress = [event for event in batch if event.type == "sandbox.progress"]
        if progress:
            self.progressed.emit(progress)
        for event in batch:
            if event.type == "sandbox.historyChanged" and event.time_ms >= self._session.since_ms:
                self.past_changed.emit(event.fields())
        return topics

    async def _watch(self) -> None:
        """Return when an engine that we started has ended, which its process tells sooner than its stream."""
        assert self._supervisor is not None
        if not self._supervisor.owns_engine:  # attached: there is no process to watch, only the stream tells. Never returns
            await asyncio.get_running_loop().create_future()
        while self._supervisor.owns_engine:  # noqa: ASYNC110  (a process of the client's, which tells only when asked)
            await asyncio.sleep(WATCH_S)

    async def _stop_following(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _drop_client(self) -> None:
        client, self._client = self._client, None  # before the await: nobody may start a request on a client being closed
        self._session.debugging.end()
        self.topics_changed.emit({Topic.DEBUGGING})
        if client is not None:
            await client.close()

    def _set_state(self, state: LinkState) -> None:
        self.state = state
        self.state_changed.emit(state)


def _failed(error: Exception) -> LinkState:
    if isinstance(error, WorkbenchError):
        return LinkState("failed", error.message, error.hint)
    return LinkState("failed", f"The engine cannot be started: {error}",
                     "See engine.log in your state folder (workbench doctor names it).")
