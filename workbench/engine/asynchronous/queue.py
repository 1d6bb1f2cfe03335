"""Asynchronous invocation: the queue as callers of the engine see it."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

from workbench.background import begin
from workbench.engine.asynchronous.answers import Invoking
from workbench.engine.asynchronous.attempts import Attempts, PolicyOf, QueueTables
from workbench.engine.asynchronous.changes import QueueChanges
from workbench.engine.asynchronous.clocks import QueueClocks
from workbench.engine.asynchronous.dispatcher import Dispatcher
from workbench.engine.asynchronous.ending import Ending
from workbench.engine.asynchronous.entries import Entry, function_key, name_in, scope_in
from workbench.engine.asynchronous.events import QueuedEvent
from workbench.engine.asynchronous.moves import QueueMoves
from workbench.engine.asynchronous.outlet import Outlet
from workbench.engine.asynchronous.shown import QueueShown
from workbench.engine.asynchronous.store import QueueStore
from workbench.engine.asynchronous.told import QueueTold
from workbench.engine.asynchronous.writer import QueueWriter
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.request import InvokeRequest
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.lambda_names import Scope

ASKED_ABOUT_AFTER_MS = 3_600_000
"""Events that were accepted earlier than this before the engine's start wait for the person."""


class InvocationQueue:
    """The durable queue of one engine. Use it on the engine's loop.

    `moves`: hold, step and forward its clocks. `changes`: retry, drop and edit events. `shown`: what is in it.
    `ended`: the events that ended last.
    """

    def __init__(self, path: Path, stream: Stream, invoking: Invoking, policy_of: PolicyOf, outlet: Outlet) -> None:
        """`invoking` runs events; `policy_of` knows what holds for one; `outlet` gets what ended."""
        self._clock = stream.clock
        self._writer = QueueWriter(path)
        self._clocks = QueueClocks(lambda: int(self._clock.epoch_ms(self._clock.now_ns())))
        self._told = QueueTold(stream)
        self._store = QueueStore(self._writer)
        tables = QueueTables(self._store, self._clocks, self._told)
        self._ending = Ending(self._store, self._told, outlet, self._clock)
        attempts = Attempts(tables, self._ending, invoking.invoke, policy_of)
        self._dispatcher = Dispatcher(
            self._store, self._clocks, attempts, lambda key: invoking.share_of(scope_in(key), name_in(key)), self._clock)
        self.moves = QueueMoves(tables, self._dispatcher)
        self.changes = QueueChanges(tables, self._ending, self._dispatcher)
        self.ended = self._ending.ended
        self.shown = QueueShown(self._store, self._clocks, self._dispatcher.running, self._ending, policy_of)

    async def open(self, *, why_not: str = "") -> None:
        """Read what is kept, and have old events wait for the person. `why_not`: why another engine has the queue, "" if none.

        If the machine keeps the file from being read, `shown.problem` says so and nothing is accepted.
        """
        self.shown.problem = why_not
        if why_not:
            return
        try:
            await self._writer.open()
            await self._begin()
        except (sqlite3.Error, OSError, WorkspaceError) as error:
            self.shown.problem = f"The queue of asynchronous invocations is not available ({error}): Event is refused."

    async def work(self) -> None:
        """Try events as they become due, until `stop` is called."""
        if self.shown.problem:
            return
        self.shown.is_served = True
        delivering = begin("Delivering what is left of the queue", self._ending.work())
        try:
            await self._dispatcher.work()
        finally:
            delivering.cancel()
            await asyncio.wait([delivering])

    async def stop(self) -> None:
        """Try nothing more, and break off what is being tried: that is tried again after the next start. Idempotent."""
        await self._dispatcher.stop()

    async def close(self) -> None:
        """Stop, and close the file after what waits is on disk."""
        await self.stop()
        await self._writer.close()

    async def accept(self, request: InvokeRequest, scope: Scope, function_name: str) -> None:
        """Keep an event that was checked, with its request ID and tracing header, for a function by its own name.

        It is on disk when this returns. Raises ServiceError 500 if it cannot be kept.
        """
        if self.shown.problem:
            raise self._refused(self.shown.problem)
        key = function_key(scope, function_name)
        if self._clocks.are_moved:
            await self._tidy()
        now_ms = self._clocks.now_ms(key)
        event = QueuedEvent(
            event_id=0, request_id=request.request_id, scope=scope, function_name=function_name, qualifier=request.qualifier,
            payload=request.payload, accepted_ms=now_ms, trace_id=request.trace_id, tenant_id=request.tenant_id)
        entry = Entry(event=event, due_ms=now_ms, durable_name=request.durable_name)
        kept = self._store.add(entry)
        kept.add_done_callback(partial(self._kept, entry))
        try:
            await asyncio.shield(kept)  # what is on disk is told and tried, also if its caller hangs up meanwhile
        except WorkspaceError as error:
            raise self._refused(str(error)) from error

    async def _tidy(self) -> None:
        try:
            await self.moves.tidy()
        except WorkspaceError as error:
            raise self._refused(str(error)) from error

    def _kept(self, entry: Entry, kept: asyncio.Future[int]) -> None:
        if kept.exception() is None:
            self._told.accepted(entry.numbered(kept.result()))
            self.shown.count()
            self._dispatcher.came(entry.key)

    async def _begin(self) -> None:
        self._clocks.use(await self._store.clocks())
        await self._ending.begin()
        functions = await self._store.functions()
        for key in functions:
            if not self._clocks.is_held(key):
                await self._store.ask_about(key, self._clocks.now_ms(key) - ASKED_ABOUT_AFTER_MS)
        await self.moves.tidy()
        await self.shown.recount()
        self._dispatcher.look_at(*functions)

    def _refused(self, why: str) -> ServiceError:
        return ServiceError("ServiceException", 500, why, fault="Service",
                            hint="An event is accepted only if it is on disk. RequestResponse needs no queue.")
