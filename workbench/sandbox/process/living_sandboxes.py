"""The sandboxes of one provider that have not ended: known here to end them all, and recorded on the disk for a next engine."""

from __future__ import annotations

import asyncio
from typing import Protocol

from workbench.sandbox.process.child_registry import ChildRegistry


class Endable(Protocol):
    """A sandbox."""

    async def terminate(self, grace_ms: int = 0) -> None:
        """End it. Idempotent, never raises."""


class LivingSandboxes:
    """Sandboxes from their making to their end. On the loop. `children` records their processes."""

    def __init__(self, children: ChildRegistry) -> None:
        self.children = children
        self._sandboxes: set[Endable] = set()

    def add(self, sandbox: Endable) -> None:
        """Note a sandbox that was made."""
        self._sandboxes.add(sandbox)

    def gone(self, sandbox: Endable, pid: int) -> None:
        """Forget a sandbox that has ended. `pid`: its recorded process if nothing is left of that, else 0.

        The record of a process that hangs stays, as the next engine must look for it.
        """
        if pid:
            self.children.gone(pid)
        self._sandboxes.discard(sandbox)

    async def terminate(self) -> None:
        """End all of them."""
        await asyncio.gather(*(sandbox.terminate() for sandbox in tuple(self._sandboxes)))
