"""A container that was created and not started yet, and who is told what happens to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

import msgspec

from workbench.model.function import FreezeMode
from workbench.sandbox.docker.events import ContainerEnd
from workbench.sandbox.docker.init_trace import InitTrace


class CreatedContainer(msgspec.Struct, frozen=True, kw_only=True):
    """A container as it was created. `peer_address`: where its runtime's calls will come from, "" if unknown yet.

    `folder` on this machine belongs to this container alone (pipes, copies of code) and is removed with it. `run_folder` is the
    part of it that the container sees, None if it sees none. `is_tmp_memory`: see `ContainerMemory`. `has_shell`: it
    contains /bin/sh.
    """

    identifier: str
    memory_mb: int
    folder: Path
    cpu_quota_us: int
    peer_address: str
    is_tmp_memory: bool = False
    run_folder: Path | None = None
    trace: InitTrace | None = None
    freeze: FreezeMode = "on"
    has_shell: bool = False


class SandboxOwner(Protocol):
    """Whoever created a sandbox: knows what the engine tells of its container, and is told what happens to it, on the loop."""

    @property
    def end(self) -> asyncio.Future[ContainerEnd]:
        """The end of its container. The sandbox may set it too, if it learns of the end in another way."""

    def started(self) -> None:
        """Its container has started."""

    def holds_tmp_alone(self) -> bool:
        """Whether this container is the only thing that keeps the files in /tmp, which must survive a reset."""

    async def remove(self, *, is_running: bool) -> None:
        """Kill and remove its container. Raises SandboxError."""

    def gone(self) -> None:
        """Forget the sandbox: its container and its files have been removed."""
