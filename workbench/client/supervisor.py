"""Keep an engine available: attach to it or start it, and restart it when it dies, within a budget."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.client.engine_process import ALREADY_SERVED, EngineProcess, attach
from workbench.model.failures import EngineError

if TYPE_CHECKING:
    from workbench.client.api import EngineClient

RESTART_LIMIT = 5
RESTART_WINDOW_S = 60.0
OTHER_TIMEOUT_S = 30.0
"""How long another engine that begins at the same moment may take until it answers."""


class EngineSupervisor:
    """Supplies a client with its workspace's engine. Call `acquire` at first and after every loss, `release` at the end."""

    def __init__(self, workspace: Path, state_directory: Path) -> None:
        self._workspace = workspace
        self._state_directory = state_directory
        self._process: EngineProcess | None = None
        self._starts: deque[float] = deque()

    @property
    def owns_engine(self) -> bool:
        """Whether we started the engine, so that it ends with us; False when we attached to one."""
        return self._process is not None and self._process.is_running

    async def acquire(self) -> EngineClient:
        """A client of the running engine, or of a new one.

        Raises EngineError after RESTART_LIMIT starts within RESTART_WINDOW_S, and when a new engine does not start.
        """
        client = await attach(self._state_directory)
        if client is not None:
            return client
        if self._process is not None:
            await self._process.stop()  # it runs but does not answer: two engines must not serve one workspace
        self._spend_start()
        self._process = await EngineProcess.start(self._workspace, self._state_directory)
        try:
            return await self._process.ready(self._state_directory)
        except EngineError as error:
            # Another window has started one at the same moment, or has been killed while one that it had started began.
            client = await self._attached_soon() if ALREADY_SERVED in error.message else None
            if client is None:
                raise
            return client

    async def _attached_soon(self) -> EngineClient | None:
        """A client of an engine that serves the workspace, but may not have said yet how to reach it."""
        ends_s = time.monotonic() + OTHER_TIMEOUT_S
        while (client := await attach(self._state_directory)) is None and time.monotonic() < ends_s:  # noqa: ASYNC110  (another process)
            await asyncio.sleep(0.05)
        return client

    async def release(self) -> None:
        """Stop the engine if we started it. One that we attached to keeps running."""
        if self._process is not None:
            await self._process.stop()
            self._process = None

    def _spend_start(self) -> None:
        now = time.monotonic()
        while self._starts and now - self._starts[0] > RESTART_WINDOW_S:
            self._starts.popleft()
        if len(self._starts) >= RESTART_LIMIT:
            raise EngineError(
                f"The engine ended {RESTART_LIMIT} times within a minute and is not restarted.",
                f"See {self._state_directory / 'engine.log'}, then choose Engine > Restart.",
            )
        self._starts.append(now)
