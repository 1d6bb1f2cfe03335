"""The provisioned concurrency that is requested for one version, and how far it has come."""

from __future__ import annotations

import asyncio


class Wanted:
    """The requested count. `task` makes what is missing; it ends when all exist or one failed.

    `problem` says why filling stopped, "" while nothing is wrong; `lacks_credentials`: whether it was for want of the person's.
    `held` says why no more are made: this machine cannot hold all
    of them. `waits` says for what the next one waits. `usable`: how many of them requests may use. `memory_mb`: of each.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.memory_mb = 0
        self.usable = 0
        self.problem = ""
        self.lacks_credentials = False
        self.held = ""
        self.waits = ""
        self.task: asyncio.Task[None] | None = None

    def change(self, count: int) -> None:
        """Request another number, and forget what was wrong. More can be used once they are all there."""
        self.count, self.usable = count, min(self.usable, count)
        self.try_again()

    def try_again(self) -> None:
        """Forget why filling stopped."""
        self.problem, self.lacks_credentials = "", False

    @property
    def claim(self) -> tuple[int, int]:
        """What it takes of this machine: environments, and MB for all of them."""
        return self.count, self.count * self.memory_mb

    @property
    def is_filling(self) -> bool:
        """Whether what is missing is to be made."""
        return not (self.problem or self.held)

    @property
    def reason(self) -> str:
        """Why it has not come further, "" for nothing."""
        return self.problem or self.held or self.waits

    def failed(self, why: str) -> None:
        """Make no more of them, for this reason."""
        self.problem = why
