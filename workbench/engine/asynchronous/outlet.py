"""Where settled events go."""

from __future__ import annotations

from typing import Protocol

from workbench.engine.asynchronous.events import Settled


class Outlet(Protocol):
    """Delivers what became of events."""

    def is_wanted(self, settled: Settled) -> bool:
        """Whether anybody is to receive it."""

    async def deliver(self, settled: Settled) -> None:
        """Deliver one. The event stays in the queue until this has returned; it is delivered again after a crash before that."""
