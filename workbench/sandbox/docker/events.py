"""Tells which containers have ended, from one event stream of the engine in one thread for all containers of a provider."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from workbench.background import begin, begin_thread, log_failure
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls, DockerRefused

_DIED = ("die", "died")
_REMOVED = ("destroy", "remove")
"""Docker's words and Podman's. Podman also wants its own words in the filter of the request."""
_KILL = "kill"
_OUT_OF_MEMORY = "oom"
"""Sent by Docker only, and also if the killed process was not the container's first, so that the container goes on."""
_ENDING_SIGNALS = ("9", "15")
_MOST_EARLY = 256
"""How many ends of containers that nobody watches yet are kept: most of them are of forgotten ones, which nobody asks for."""
_CLOSE_LIMIT_S = 2.0
_AGAIN_S = 1.0
"""The pause before a stream that broke for an unforeseen reason is opened again."""
_REPLAY_LIMIT_S = 2.0
"""How long a reopened stream may take to replay what happened meanwhile."""
_NOT_FOUND = 404
_NOT_STARTED = ("created", "configured", "initialized")
"""States of a container that was created and has not run yet: Docker's, then Podman's."""


class ContainerEnd(msgspec.Struct, frozen=True):
    """How a container has ended: with this exit code; None if nobody knows (removed, engine gone), and `lost` says why.

    `was_killed`: its engine was asked to end it, by us or by somebody else, or ended it while shutting down itself.
    """

    exit_code: int | None = None
    lost: str = ""
    was_killed: bool = False


class EndWatch:
    """Reports each container's end. All methods run on the loop; the stream is opened by the first `watch`."""

    def __init__(self, calls: DockerCalls, engine_id: str) -> None:
        self._calls = calls
        self._engine_id = engine_id
        self._loop = asyncio.get_running_loop()
        self._ends: dict[str, asyncio.Future[ContainerEnd]] = {}
        self._early: dict[str, ContainerEnd] = {}
        self._killed: set[str] = set()
        self._when_killed: dict[str, Callable[[], None]] = {}
        self._when_out_of_memory: dict[str, Callable[[], None]] = {}
        self._starting = asyncio.Lock()
        self._thread: threading.Thread | None = None
        self._stream: Any = None
        self._resuming: asyncio.Task[None] | None = None
        self._closed = threading.Event()

    async def watch(self, container: str) -> asyncio.Future[ContainerEnd]:
        """A future for the container's end, even if it ended just before. Raises SandboxError if the engine is gone.

        A container that may have been started before the first `watch` needs `follow` before its start.
        """
        await self.follow()
        future = self._ends.setdefault(container, self._loop.create_future())
        if container in self._early:
            self._end(container, self._early.pop(container))
        return future

    async def follow(self) -> None:
        """Open the stream unless it is open, so that the end of every container started later is heard. Raises SandboxError."""
        async with self._starting:
            if self._thread is None or not self._thread.is_alive():
                await self._open(time.time())

    def known(self, container: str) -> asyncio.Future[ContainerEnd] | None:
        """The future for the end of a watched container, None for any other."""
        return self._ends.get(container)

    def when_killed(self, container: str, call: Callable[[], None]) -> None:
        """Have `call` called when the engine is asked to end the container, before it has ended."""
        self._when_killed[container] = call

    def when_out_of_memory(self, container: str, call: Callable[[], None]) -> None:
        """Have `call` called when the engine reports that the kernel killed a process of the container for its memory."""
        self._when_out_of_memory[container] = call

    def lose(self, container: str, why: str) -> None:
        """Report a container as ended although it may still run, with a sentence on why. Does nothing if its end is known."""
        if container in self._ends:
            self._end(container, ContainerEnd(lost=why))

    async def may_run(self, container: str) -> bool:
        """Ask the engine whether a container runs or may still be started; True if it does not answer that now."""
        try:
            state = await self._calls.run("inspect the container", lambda client: client.inspect_container(container)["State"])
        except DockerRefused as refused:
            return refused.status != _NOT_FOUND
        except SandboxError:  # it answers nobody: an engine that is gone ends the stream, which tells of all its containers
            return True
        return bool(state.get("Running")) or state.get("Status") in _NOT_STARTED

    def forget(self, container: str) -> None:
        """Stop following the container."""
        self._ends.pop(container, None)
        self._when_killed.pop(container, None)
        self._when_out_of_memory.pop(container, None)
        self._killed.discard(container)

    async def close(self) -> None:
        """Close the stream and end its thread."""
        self._closed.set()
        if self._resuming is not None:  # a call under way may end first: its thread cannot be cancelled and would outlive us
            await asyncio.wait([self._resuming], timeout=_CLOSE_LIMIT_S)
            self._resuming.cancel()
            await asyncio.wait([self._resuming])
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(OSError, AttributeError):  # the SDK closes a socket inside, which may be gone already
                stream.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _CLOSE_LIMIT_S)

    async def _open(self, since_s: float) -> None:
        events = [*_DIED, *_REMOVED, _KILL, *([_OUT_OF_MEMORY] if self._calls.engine.product == "Docker" else [])]
        filters = {"type": "container", "label": f"workbench.engine={self._engine_id}", "event": events}
        # From a second earlier: the engine answers a moment before it listens, and an end in between would never be reported.
        since = int(since_s) - 1
        self._stream = await self._calls.run(
            "follow its events", lambda client: client.events(since=since, filters=filters, decode=True))
        self._thread = begin_thread("Reading Docker's events", partial(self._read, self._stream))

    def _read(self, stream: Any) -> None:
        """Pass events to the loop until either side closes the stream. Runs in the thread."""
        with contextlib.suppress(RuntimeError):  # our loop has ended
            try:
                for event in stream:
                    self._loop.call_soon_threadsafe(self._happened, event)
            except (OSError, ValueError, AttributeError):
                pass  # the stream was closed in the middle of a read
            except Exception as error:
                log_failure("Reading Docker's events", error)
                self._closed.wait(_AGAIN_S)  # it may fail every time: do not reopen the stream in a tight loop
            # A time of day, as that is what the engine's `since` takes. Read here: the loop may be late.
            self._loop.call_soon_threadsafe(self._stream_ended, stream, time.time())

    def _happened(self, event: dict[str, Any]) -> None:
        actor = event.get("Actor") or {}
        container, attributes = actor.get("ID", ""), actor.get("Attributes") or {}
        if event.get("Action") in _DIED:
            code = attributes.get("exitCode", "")
            self._end(container, ContainerEnd(
                exit_code=int(code) if code.isdigit() else None, was_killed=container in self._killed))
        elif event.get("Action") in _REMOVED:  # normally its end was told before, and the first report counts (`_end`)
            self._end(container, ContainerEnd(lost="Its container was removed."))
        elif event.get("Action") == _OUT_OF_MEMORY:
            self._when_out_of_memory.get(container, _nothing)()
        elif attributes.get("signal") in _ENDING_SIGNALS and container in self._ends:
            self._killed.add(container)
            self._when_killed.get(container, _nothing)()

    def _stream_ended(self, stream: Any, at_s: float) -> None:
        if stream is self._stream and not self._closed.is_set():
            self._resuming = begin("Following Docker's events again", self._resume(stream, at_s), self._lose_all)

    def _lose_all(self, why: str) -> None:
        for container in tuple(self._ends):
            self._end(container, ContainerEnd(lost=why))

    async def _resume(self, stream: Any, ended_s: float) -> None:
        """Open a stream again that ended, and find out which containers ended meanwhile.

        An engine that stops ends its stream. Podman ends its stream now and then while it and its containers go on.
        """
        lost = f"{self._calls.engine.product}'s engine has stopped or was restarted."
        try:
            async with self._starting:
                if self._stream is stream:
                    await self._open(ended_s)
        except SandboxError:
            self._lose_all(lost)
            return
        gone = [(container, end) for container, end in tuple(self._ends.items())
                if not end.done() and not self._closed.is_set() and not await self.may_run(container)]
        if gone:  # the new stream replays the ends that nobody heard, with their exit codes
            await asyncio.wait([end for _, end in gone], timeout=_REPLAY_LIMIT_S)
        for container, _ in gone:
            self.lose(container, lost)

    def _end(self, container: str, end: ContainerEnd) -> None:
        future = self._ends.get(container)
        if future is None:
            self._keep_early(container, end)
        elif not future.done():
            future.set_result(end)

    def _keep_early(self, container: str, end: ContainerEnd) -> None:
        """Keep the end of a container that nobody watches: a thread may have started it and not yet told us its ID.

        If the container was forgotten instead, nobody will ask; the oldest ends are dropped.
        """
        self._early.setdefault(container, end)
        if len(self._early) > _MOST_EARLY:
            del self._early[next(iter(self._early))]


def _nothing() -> None:
    """Do nothing: no callback was set."""


def exit_of(code: int) -> tuple[int | None, int | None]:
    """(exit code, signal) from a container's exit code: 128 + n stands for the signal n, as in a shell."""
    signal = code - 128
    # Only signals that end a process by default; not 14, because AWS's entry point itself exits with 142.
    return (None, signal) if signal in (1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 15) else (code, None)


async def oom_killed(calls: DockerCalls, container: str) -> bool:
    """Whether the ended container was killed for its memory, according to the engine; False if it has been removed."""
    try:
        state = await calls.run("inspect the container", lambda client: client.inspect_container(container)["State"])
    except SandboxError:
        return False
    return bool(state.get("OOMKilled"))
