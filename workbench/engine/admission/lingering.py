"""Invocations that have answered while their environments still work, and requests that wait for the end of one."""

from __future__ import annotations

import asyncio

from workbench.engine.clock import Clock
from workbench.engine.concurrency.soon_free import FREE_SOON_S


class Lingering:
    """Use it on the engine's loop.

    An invocation ends when its environment is free, a moment after its answer. Lambda's answer takes longer to its caller than
    that; here, a caller who sends one request after the other would be throttled by its own last one.
    """

    def __init__(self) -> None:
        self.count = 0
        """How many there are."""
        self._waiters: list[asyncio.Future[None]] = []

    def begin(self) -> None:
        """One has answered."""
        self.count += 1

    def end(self) -> None:
        """One of them is over."""
        self.count -= 1
        if self._waiters:
            self.wake()

    def wake(self) -> None:
        """Let the request that has waited longest try again."""
        waiter = next((each for each in self._waiters if not each.done()), None)
        if waiter is not None:
            waiter.set_result(None)

    async def one_over(self, clock: Clock) -> bool:
        """Wait for the end of one, at most FREE_SOON_S. Return False at once if no end is expected for this request."""
        if self.count <= len(self._waiters):  # each of them makes room for one
            return False
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with clock.timeout(FREE_SOON_S):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiters.remove(waiter)
        return True
