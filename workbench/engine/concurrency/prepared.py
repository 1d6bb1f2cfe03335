"""Sandboxes made ahead of the requests that will need them: a cold start that finds one waits for INIT alone.

Lambda itself keeps such a stock, so this comes nearer to it; what was made ahead shows as such in the timeline. It is a
setting, because every sandbox kept ahead takes memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from workbench.background import begin
from workbench.engine.concurrency.quiet_period import QuietPeriod
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.state import State
from workbench.engine.pool_key import PoolKey
from workbench.model.failures import SandboxError


class PreparedPlace:
    """One environment that is being prepared, or is."""

    def __init__(self, environment: Environment, quiet_period: QuietPeriod) -> None:
        self.environment = environment
        self._ending: asyncio.Task[None] | None = None
        self._preparing = begin("Preparing an environment", self._prepare(quiet_period), self._give_up)

    async def _prepare(self, quiet_period: QuietPeriod) -> None:
        await quiet_period.wait()
        try:
            await self.environment.prepare()
        except SandboxError as error:
            # The next cold start makes its own and says what is wrong, to somebody who waits for it.
            await self.environment.stop("failure", str(error))

    def _give_up(self, why: str) -> None:
        """A fault of ours: the place is free for another one."""
        self._ending = begin("Ending a prepared environment", self.environment.stop("failure", why))

    async def stop(self, reason: str) -> None:
        """End it; what is being made just now is made and removed."""
        self._preparing.cancel()
        await asyncio.wait([self._preparing])
        await self.environment.stop(reason)


class PreparedEnvironments:
    """At most one environment ahead for every function and kind of sandbox. On the engine's loop."""

    def __init__(self, quiet_period: QuietPeriod) -> None:
        self._quiet_period = quiet_period
        self._places: dict[PoolKey, PreparedPlace] = {}

    def __iter__(self) -> Iterator[Environment]:
        """Those that exist, in the making ones too."""
        return iter([place.environment for place in self._places.values()])

    def keep(self, key: PoolKey, make: Callable[[], Environment]) -> None:
        """Make one ahead, in the next quiet period, and keep it."""
        if not self.has(key):
            self._places[key] = PreparedPlace(make(), self._quiet_period)

    def has(self, key: PoolKey) -> bool:
        """Whether there is one, or will be."""
        place = self._places.get(key)
        return place is not None and place.environment.state is not State.STOPPED

    def take(self, key: PoolKey) -> Environment | None:
        """The one that is ready, for a request."""
        place = self._places.get(key)
        if place is None or not place.environment.is_spare:
            return None
        return self._places.pop(key).environment

    def take_out(self, matches: Callable[[PoolKey, Environment], bool]) -> list[PreparedPlace]:
        """Remove and return the spare ones that match; the caller stops them."""
        keys = [key for key, place in self._places.items() if matches(key, place.environment)]
        return [self._places.pop(key) for key in keys]
