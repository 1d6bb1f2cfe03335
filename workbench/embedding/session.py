"""The connection of a program to the engine that it embeds: process, client and loop, from start to end."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from workbench.embedding.engine_process import EmbeddedProcess
from workbench.embedding.loop_thread import LoopThread
from workbench.embedding.options import EngineOptions
from workbench.model.engine_api import Connection, Health
from workbench.model.failures import EngineError, WorkspaceError

if TYPE_CHECKING:
    from workbench.client.api import EngineClient

T = TypeVar("T")


class Ask(Protocol):
    """Asks an engine, and returns its answer; see `Session.ask`."""

    def __call__(self, asked: Callable[[EngineClient], Coroutine[Any, Any, T]], /) -> T:
        """Ask."""
        ...


class Session:
    """One run of an engine. `begin` it, `ask` it from any thread, `close` it; the end of the interpreter closes it too."""

    def __init__(self, root: Path, options: EngineOptions) -> None:
        """Start the process. Raises WorkbenchError."""
        self._owner = os.getpid()
        self._closing = threading.Lock()
        self._is_closed = False
        self._process = EmbeddedProcess(root, options)
        self._loop = LoopThread("The calls to an embedded engine")
        self._client: EngineClient | None = None
        atexit.register(self.close)

    def begin(self) -> tuple[Connection, Health]:
        """Wait for the engine, and return how to reach it. Raises WorkbenchError if it, or the workspace, is not usable."""
        from workbench.client.api import EngineClient  # takes a third of a second, in which the engine starts

        connection = self._process.connection()
        self._client = self._loop.run(_made(EngineClient, connection))
        health = self.ask(lambda client: client.health())
        if health.workspace_problem:
            raise WorkspaceError(health.workspace_problem)
        return connection, health

    def ask(self, asked: Callable[[EngineClient], Coroutine[Any, Any, T]], /) -> T:
        """Ask the engine, and return its answer. Raises ServiceError for an error answer, EngineError if it has ended."""
        if os.getpid() != self._owner:
            raise EngineError("This engine was started by another process, of which this one is a fork.",
                              "Call it here with boto3 at its endpoint_url.")
        if self._client is None or self._is_closed:
            raise EngineError("This engine was closed.", "Use it inside of its with block.")
        try:
            return self._loop.run(asked(self._client))
        except CancelledError as error:
            raise EngineError("This engine was closed before it answered.") from error
        except EngineError as error:
            if not self._process.ends():
                raise
            raise EngineError(f"The engine has ended: {self._process.how_it_ended()}") from error

    def close(self) -> None:
        """End the engine and all that belongs to it. Idempotent; in a fork it does nothing. Blocks."""
        if os.getpid() != self._owner:
            return
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
            atexit.unregister(self.close)
            with contextlib.ExitStack() as ends:
                ends.callback(self._process.close)
                ends.callback(self._loop.close)
                if self._client is not None:
                    self._loop.run(self._client.close())


async def _made(kind: type[EngineClient], connection: Connection) -> EngineClient:
    return kind(connection)  # on the loop that uses it
