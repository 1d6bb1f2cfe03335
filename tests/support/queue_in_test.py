"""The real queue on a file of its own, over a function that answers as the test says, with a clock that stands still."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import msgspec

from tests.support.held_clock import HeldClock, settled
from tests.support.simulated_engine import ListedEvents
from workbench.engine.admission.loads import Share
from workbench.engine.asynchronous.answers import Invoking
from workbench.engine.asynchronous.events import QueuedEvent, Settled
from workbench.engine.asynchronous.queue import InvocationQueue
from workbench.engine.asynchronous.retrying import Policy
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.invocation.result import InvocationResult, unhandled
from workbench.model.events import StreamEvent
from workbench.model.lambda_names import Scope

HOME = Scope("eu-central-1", "123456789012")
FAILED = b'{"errorMessage": "no", "errorType": "Error"}'
Result = bytes | Exception | None
"""What an attempt comes to: an error document, a refusal, or None for a success."""


class DoomedDisk:
    """Stands between a queue and its disk's thread: lets so many calls through, and never answers the others."""

    def __init__(self, executor: Executor, lets: int) -> None:
        self._executor = executor
        self._left = lets
        self.is_dead = asyncio.Event()

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """As an executor's."""
        if self._left:
            self._left -= 1
            return self._executor.submit(call, *arguments)
        self.is_dead.set()
        return Future()


class QueueInTest:
    """A queue of functions that answer with what `answer` returns for a request. `runs`: payloads by function, in order."""

    def __init__(self, path: Path, answer: Callable[[InvokeRequest], Result] | None = None) -> None:
        self.path = path
        self.clock = HeldClock()
        self.answer = answer or (lambda _: None)
        self.policy = Policy()
        self.share = Share(0, 1_000)
        self.runs: list[tuple[str, bytes]] = []
        self.settled: list[Settled] = []
        self._listed = ListedEvents()
        self.queue = self._made()

    @property
    def now_ms(self) -> int:
        """The time of day."""
        return int(self.clock.epoch_ms(self.clock.now_ns()))

    async def begin(self) -> None:
        """Open it, as an engine does at its start."""
        await self.queue.open()

    async def end(self, working: asyncio.Future[None]) -> None:
        """End its work, then close it, as an engine does."""
        await self.queue.stop()
        await working
        await self.queue.close()

    async def crash(self) -> None:
        """Begin again with what is on disk, as if the engine had been killed."""
        await self.queue.close()
        self.queue = self._made()
        await self.begin()

    async def killed_during(self, work: Coroutine[Any, Any, Any], lets: int) -> bool:
        """Do something while the engine is killed at its disk's call number `lets`, and begin again with what is on disk.

        Returns whether it was done before, and so acknowledged.
        """
        writer = self.queue._writer
        executor, database = writer._executor, writer._database
        disk = writer._executor = DoomedDisk(executor, lets)  # type: ignore[assignment]
        tasks = asyncio.ensure_future(work), asyncio.ensure_future(disk.is_dead.wait())
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await settled()
        is_done = tasks[0].done()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert database is not None
        await asyncio.wrap_future(executor.submit(database.close))
        executor.shutdown()
        self.queue = self._made()
        await self.begin()
        return is_done

    async def accept(self, payload: bytes = b"{}", function: str = "Function") -> str:
        """Have an event accepted and return its request ID."""
        request = InvokeRequest(function_name=function, payload=payload, request_id=str(uuid.uuid4()), trace_id="Root=1")
        await self.queue.accept(request, HOME, function)
        return request.request_id

    def told(self, kind: str = "") -> list[StreamEvent]:
        """What the stream was told of this kind, of all kinds for ""."""
        events = [event for row in self._listed.rows for event in msgspec.json.decode(b"[" + row + b"]", type=list[StreamEvent])]
        return [event for event in events if kind in ("", event.type)]

    async def invoke(self, request: InvokeRequest) -> InvokeOutcome:
        result = self.answer(request)
        if isinstance(result, Exception):
            raise result
        self.runs.append((request.function_name, request.payload))
        return InvokeOutcome(request_id=request.request_id, executed_version="$LATEST", trace_id=request.trace_id,
                             result=InvocationResult(payload=b"1") if result is None else unhandled(result, "Error"))

    def is_wanted(self, _: Settled) -> bool:
        """As the queue's outlet."""
        return True

    async def deliver(self, settled: Settled) -> None:
        """As the queue's outlet."""
        self.settled.append(settled)

    def _made(self) -> InvocationQueue:
        stream = Stream(self._listed, self.clock)  # type: ignore[arg-type]
        return InvocationQueue(
            self.path, stream, Invoking(self.invoke, _is_there, lambda *_: self.share), self._policy_of, self)

    def _policy_of(self, _: QueuedEvent) -> Policy:
        return self.policy


async def _is_there(_: InvokeRequest) -> None:
    """What requests ask for is there."""


def key_of(function: str = "Function") -> str:
    """What a function is known by in the queue."""
    return HOME.function_arn(function)


def condition_of(settled: Settled) -> tuple[Any, ...]:
    """What a record says of an event: condition and number of attempts."""
    return settled.condition, settled.attempts
