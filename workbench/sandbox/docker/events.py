"""Which containers have ended: one event stream of the engine in one thread, for all containers of a provider."""

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
from workbench.sandbox.docker.calls import DockerCalls

_DIED = ("die", "died")
_REMOVED = ("destroy", "remove")
"""Docker's words and Podman's, which it also wants to be asked with."""
_KILL = "kill"
_OUT_OF_MEMORY = "oom"
"""Docker's alone. It also means a process that is not the container's first, which goes on."""
_ENDING_SIGNALS = ("9", "15")
_MOST_EARLY = 256
_CLOSE_LIMIT_S = 2.0
_AGAIN_S = 1.0
"""The pause before a stream that broke for an unforeseen reason is opened again."""
_REPLAY_LIMIT_S = 2.0
"""How long a stream that was opened again may take to tell what happened meanwhile."""
_NOT_STARTED = ("created", "configured", "initialized")
"""Docker's word for a container that was made and has not run, and Podman's."""


class ContainerEnd(msgspec.Struct, frozen=True):
    """A container has ended: with this exit code, or nobody knows how (removed, engine gone) and `lost` says so.

    `was_killed`: its engine was asked to end it, by us or by somebody else, or ended it because it is stopping itself.
    """

    exit_code: int | None = None
    lost: str = ""
    was_killed: bool = False


class EndWatch:
    """Tells each container's end. All methods run on the loop; the stream begins with the first `watch`."""

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
        """The container's end, also when that was a moment ago. Raises SandboxError when the engine is gone."""
        async with self._starting:
            if self._thread is None or not self._thread.is_alive():
                await self._follow(time.time())
        future = self._ends.setdefault(container, self._loop.create_future())
        if container in self._early:
            self._end(container, self._early.pop(container))
        return future

    def known(self, container: str) -> asyncio.Future[ContainerEnd] | None:
        """The end of a container that is being watched, None for any other."""
        return self._ends.get(container)

    def when_killed(self, container: str, call: Callable[[], None]) -> None:
        """Have it called when the engine is asked to end the container, and before it has ended."""
        self._when_killed[container] = call

    def when_out_of_memory(self, container: str, call: Callable[[], None]) -> None:
        """Have it called when the engine says that the kernel has killed a process in the container for its memory."""
        self._when_out_of_memory[container] = call

    def lose(self, container: str, why: str) -> None:
        """Report a container as ended although it may still run, with a sentence on why. Does nothing if its end is known."""
        if container in self._ends:
            self._end(container, ContainerEnd(lost=why))

    def forget(self, container: str) -> None:
        """Stop following the container."""
        self._ends.pop(container, None)
        self._when_killed.pop(container, None)
        self._when_out_of_memory.pop(container, None)
        self._killed.discard(container)

    async def close(self) -> None:
        """End the stream and its thread."""
        self._closed.set()
        if self._resuming is not None:  # a call that is under way is let end: its thread would outlive us
            await asyncio.wait([self._resuming], timeout=_CLOSE_LIMIT_S)
            self._resuming.cancel()
            await asyncio.wait([self._resuming])
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(OSError, AttributeError):
                stream.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _CLOSE_LIMIT_S)

    async def _follow(self, since_s: float) -> None:
        events = [*_DIED, *_REMOVED, _KILL, *([_OUT_OF_MEMORY] if self._calls.engine.product == "Docker" else [])]
        filters = {"type": "container", "label": f"workbench.engine={self._engine_id}", "event": events}
        # From a second before: the engine answers a moment before it listens.
        since = int(since_s) - 1
        self._stream = await self._calls.run(
            "follow its events", lambda client: client.events(since=since, filters=filters, decode=True))
        self._thread = begin_thread("Reading Docker's events", partial(self._read, self._stream))

    def _read(self, stream: Any) -> None:
        """In the thread, until the stream is closed by either side."""
        with contextlib.suppress(RuntimeError):  # our loop has ended
            try:
                for event in stream:
                    self._loop.call_soon_threadsafe(self._happened, event)
            except (OSError, ValueError, AttributeError):
                pass  # closed in the middle of a read
            except Exception as error:
                log_failure("Reading Docker's events", error)
                self._closed.wait(_AGAIN_S)  # it may be so every time
            self._loop.call_soon_threadsafe(self._stream_ended, stream, time.time())

    def _happened(self, event: dict[str, Any]) -> None:
        actor = event.get("Actor") or {}
        container, attributes = actor.get("ID", ""), actor.get("Attributes") or {}
        if event.get("Action") in _DIED:
            code = attributes.get("exitCode", "")
            self._end(container, ContainerEnd(
                exit_code=int(code) if code.isdigit() else None, was_killed=container in self._killed))
        elif event.get("Action") in _REMOVED:
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
        """An engine that stops ends its stream; Podman does so now and then and goes on itself, and its containers too."""
        lost = f"{self._calls.engine.product}'s engine has stopped or was restarted."
        try:
            async with self._starting:
                if self._stream is stream:
                    await self._follow(ended_s)
        except SandboxError:
            self._lose_all(lost)
            return
        gone = [(container, end) for container, end in tuple(self._ends.items())
                if not end.done() and not self._closed.is_set() and not await self._may_run(container)]
        if gone:  # one that ended while nobody listened is told of by the new stream, with its exit code
            await asyncio.wait([end for _, end in gone], timeout=_REPLAY_LIMIT_S)
        for container, _ in gone:
            self.lose(container, lost)

    async def _may_run(self, container: str) -> bool:
        try:
            state = await self._calls.run("inspect the container", lambda client: client.inspect_container(container)["State"])
        except SandboxError:
            return False
        return bool(state.get("Running")) or state.get("Status") in _NOT_STARTED

    def _end(self, container: str, end: ContainerEnd) -> None:
        future = self._ends.get(container)
        if future is None:
            self._keep_early(container, end)
        elif not future.done():
            future.set_result(end)

    def _keep_early(self, container: str, end: ContainerEnd) -> None:
        """It may have been started by a thread that has not yet told us its name; or it was forgotten, and nobody asks."""
        self._early.setdefault(container, end)
        if len(self._early) > _MOST_EARLY:
            del self._early[next(iter(self._early))]


def _nothing() -> None:
    """Nobody wants to know."""


def exit_of(code: int) -> tuple[int | None, int | None]:
    """(exit code, signal) from a container's exit code: 128 + n stands for the signal n, as in a shell."""
    signal = code - 128
    # Only signals that end a process by default; 142 is also what AWS's entry point exits with.
    return (None, signal) if signal in (1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 15) else (code, None)


async def oom_killed(calls: DockerCalls, container: str) -> bool:
    """Whether the ended container was killed for its memory; False when it is gone."""
    try:
        state = await calls.run("inspect the container", lambda client: client.inspect_container(container)["State"])
    except SandboxError:
        return False
    return bool(state.get("OOMKilled"))
