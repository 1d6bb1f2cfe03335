"""Calls the blocking Docker SDK from the engine's loop: in a private thread pool, with deadlines and readable errors."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from workbench.background import submit
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.engine import connect, is_late
from workbench.sandbox.docker.engine_info import EngineInfo

T = TypeVar("T")

CALL_DEADLINE_S = 30.0
"""Longest wait for one control call (create, start, inspect, remove). Pulls and builds have no deadline."""

_THREADS = 8
_OVERLOADED_HINT = "Look whether its engine is overloaded; restart it if it does not recover."


class DockerRefused(SandboxError):
    """The engine answered with an error. `status` is the HTTP status of its API (404: no such object), 0 if unknown."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class DockerCalls:
    """A connection pool to one engine. Call `run` only from the loop, `client` only from threads."""

    def __init__(self, engine: EngineInfo) -> None:
        self.engine = engine
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")
        self._lock = threading.Lock()
        self._client: Any = None
        self._making: set[Future[Any]] = set()

    def client(self) -> Any:
        """The SDK client, created by the first thread that asks. Blocking."""
        with self._lock:
            if self._client is None:
                self._client = connect(self.engine.endpoint)
            return self._client

    async def run(self, what: str, call: Callable[[Any], T], deadline_s: float | None = CALL_DEADLINE_S) -> T:
        """Run `call(client)` in the pool. `what` completes "could not …" ("start the container").

        Raises SandboxError when the engine does not answer in time or is gone, DockerRefused when it answers with an error.
        """
        return await self._bounded(what, call, deadline_s, [])

    async def run_or_undo(self, what: str, call: Callable[[Any], T], undo: Callable[[Any, T], object]) -> T:
        """Like `run`, for a call that makes something: if it is cancelled or too late, what it makes is undone in the pool.

        A call in a thread cannot be interrupted: it would make its container after everybody has stopped waiting for it.
        """
        made: list[Future[T]] = []

        def undo_later(done: Future[T]) -> None:
            if not done.cancelled() and done.exception() is None:
                self.start(lambda client: undo(client, done.result()))

        try:
            return await self._bounded(what, call, CALL_DEADLINE_S, made, self._making)
        except (asyncio.CancelledError, SandboxError):
            for future in made:
                future.add_done_callback(undo_later)
            raise

    def start(self, call: Callable[[Any], object]) -> None:
        """Run `call(client)` in the pool without waiting for its result."""
        with contextlib.suppress(SandboxError):  # the pool is shut down, which comes after the removal of all containers
            self._submit("clean up", call)

    async def made(self) -> None:
        """Return when no call of `run_or_undo` is under way, including those that were abandoned."""
        waits = [asyncio.wrap_future(future) for future in self._making]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CALL_DEADLINE_S):
                await asyncio.gather(*waits, return_exceptions=True)

    def close(self) -> None:
        """Shut down the pool and the connections without waiting; calls under way end by themselves."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    async def _bounded(self, what: str, call: Callable[[Any], T], deadline_s: float | None, made: list[Future[T]],
                       making: set[Future[Any]] | None = None) -> T:
        """Wait for the call in the pool. Its future is added to `made`, and to `making` as long as it runs."""
        future = self._submit(what, call)
        made.append(future)
        if making is not None:
            making.add(future)
            future.add_done_callback(making.discard)
        waiting = asyncio.wrap_future(future)
        waiting.add_done_callback(_heard)
        try:
            async with asyncio.timeout(deadline_s):
                return await asyncio.shield(waiting)  # canceling `waiting` would cancel the call while it is still queued
        except TimeoutError as error:
            raise SandboxError(f"{self.engine.product} could not {what} within {deadline_s:.0f} s.",
                               _OVERLOADED_HINT) from error

    def _submit(self, what: str, call: Callable[[Any], T]) -> Future[T]:
        try:
            return submit(self._executor, f"The attempt to {what}", self._translated, what, call)
        except RuntimeError as error:  # the pool is shut down
            raise SandboxError(f"{self.engine.product} could not {what}: the connection was closed.") from error

    def _translated(self, what: str, call: Callable[[Any], T]) -> T:
        from docker.errors import APIError, DockerException
        from requests import RequestException

        try:
            return call(self.client())
        except APIError as error:
            text = str(error.explanation or error).strip()
            raise DockerRefused(f"{self.engine.product} could not {what}: {text}.", "", error.status_code or 0) from error
        except (DockerException, RequestException, OSError) as error:
            if is_late(error):
                raise SandboxError(f"{self.engine.product} could not {what}, its engine has not answered in time.",
                                   _OVERLOADED_HINT) from error
            raise SandboxError(f"{self.engine.product} could not {what}, its engine does not answer: {error}.",
                               "Start the engine again; new environments are made on the next invocation.") from error


def _heard(done: asyncio.Future[Any]) -> None:
    """Mark the failure of an abandoned call as retrieved; otherwise asyncio logs it as an error."""
    if not done.cancelled():
        done.exception()
