"""Requests that wait a moment for an environment that has answered and is about to be free."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from workbench.engine.clock import Clock
from workbench.engine.environment.environment import Environment
from workbench.engine.pool_key import PoolKey

FREE_SOON_S = 0.25
"""How long a request waits for an environment that has answered but is not back in `next` yet, in seconds.

The runtime needs a moment between its response and `next`. Without the wait, a caller who sends the next request as soon as it
has the answer would cause a cold start every time.
"""


class SoonFree:
    """Use it on the engine's loop. `release` takes back what was handed to a caller that was cancelled in the same turn."""

    def __init__(self, clock: Clock, release: Callable[[PoolKey, Environment], None]) -> None:
        self._clock = clock
        self._release = release
        self._waiters: dict[PoolKey, list[asyncio.Future[Environment | None]]] = defaultdict(list)

    def offer(self, key: PoolKey, environment: Environment) -> bool:
        """Hand a free environment to the request that waits for it. Return False if none does."""
        waiters = self._waiters[key]
        while waiters:
            waiter = waiters.pop(0)
            if not waiter.done():  # it may have given up in this very turn of the loop and not have left the list yet
                waiter.set_result(environment)
                return True
        return False

    async def wait(self, key: PoolKey, answered: int) -> Environment | None:
        """Return one of `answered` environments as soon as it is free, None if that takes too long or others wait for all."""
        waiters = self._waiters[key]
        # Each of them will serve one waiter: whoever comes after that many would wait in vain and then start cold all the same.
        if answered <= len(waiters):
            return None
        waiter: asyncio.Future[Environment | None] = asyncio.get_running_loop().create_future()
        waiters.append(waiter)
        timer = self._clock.call_later(FREE_SOON_S, partial(_give_up, waiter))
        try:
            return await waiter
        except asyncio.CancelledError:
            # The caller is gone, but `offer` may have handed the environment over before: without this it would never be free.
            if waiter.done() and not waiter.cancelled() and (environment := waiter.result()) is not None:
                self._release(key, environment)
            raise
        finally:
            timer.cancel()
            if waiter in waiters:
                waiters.remove(waiter)


def _give_up(waiter: asyncio.Future[Environment | None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
