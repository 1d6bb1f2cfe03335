"""Freezes a container between two invocations: through its control group if we may write it, otherwise through the engine."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from workbench.background import begin
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.cgroup import FreezerFile

PAUSE_GRACE_MS = 50.0
"""How long a container must be idle before it is paused. The engine takes 16 ms to pause, and again to continue."""


class Freezer(Protocol):
    """Stops and continues all processes of a container."""

    def freeze(self) -> None:
        """Stop them (best effort, returns at once)."""

    async def thaw(self) -> None:
        """Resume them; returns when they run."""


class NoFreezer:
    """Does nothing, for a person who wants background work to go on between two invocations."""

    def freeze(self) -> None:
        """Do nothing."""

    async def thaw(self) -> None:
        """Do nothing, as nothing was stopped."""


class CgroupFreezer:
    """Writes the freezer file of the container's group: 0.3 ms."""

    def __init__(self, file: FreezerFile) -> None:
        self._file = file

    def freeze(self) -> None:
        """Stop all processes."""
        self._file.freeze()

    async def thaw(self) -> None:
        """Resume them."""
        self._file.thaw()


class PauseFreezer:
    """Asks the engine to pause the container after a grace, so that invocations in quick succession do not pay for it."""

    def __init__(self, calls: DockerCalls, container: str) -> None:
        self._calls = calls
        self._container = container
        self._pausing: asyncio.Task[None] | None = None
        self._paused = False

    def freeze(self) -> None:
        """Stop all processes after PAUSE_GRACE_MS, unless they are thawed before."""
        if self._pausing is None:
            self._pausing = begin("Pausing a container", self._pause())

    async def thaw(self) -> None:
        """Resume them, after waiting for a pause that is under way: it could not be recalled, only reversed."""
        if self._pausing is None:
            return
        pausing, self._pausing = self._pausing, None
        if not self._paused:
            pausing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pausing
        if self._paused:
            self._paused = False
            await self._calls.run("continue the container", lambda client: client.unpause(self._container))

    async def _pause(self) -> None:
        await asyncio.sleep(PAUSE_GRACE_MS / 1000)
        self._paused = True  # from here on a thaw waits for us
        try:
            await self._calls.run("pause the container", lambda client: client.pause(self._container))
        except SandboxError:
            self._paused = False  # the container has ended, or this engine cannot pause
