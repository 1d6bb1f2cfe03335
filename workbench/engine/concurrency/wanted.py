"""The provisioned concurrency that is requested for one version, and how far it has come."""

from __future__ import annotations

import asyncio


class Wanted:
    """The requested count. `task` makes what is missing; it ends when all exist or one failed.

    `problem` says why filling stopped, "" while nothing is wrong; `waits` why it has not come further, "" for nothing.
    `is_held`: none is made because this machine cannot hold all of them. `usable`: how many of them requests may use.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.usable = 0
        self.problem = ""
        self.waits = ""
        self.is_held = False
        self.task: asyncio.Task[None] | None = None

    def change(self, count: int) -> None:
        """Request another number, and forget what was wrong. More can be used once they are all there."""
        self.count, self.problem, self.usable = count, "", min(self.usable, count)

    def failed(self, why: str) -> None:
        """Make no more of them, for this reason."""
        self.problem = why
