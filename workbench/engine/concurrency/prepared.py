"""Sandboxes made ahead of the requests that will need them: a cold start that finds one only waits for INIT.

Lambda itself keeps such a stock, so this is closer to it; the timeline shows which sandboxes were made ahead. It is a setting,
because every sandbox kept ready takes memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeVar

from workbench.background import begin
from workbench.engine.concurrency.quiet_period import QuietPeriod
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.state import IDLE, STOPPED
from workbench.engine.pool_key import PoolKey
from workbench.model.failures import SandboxError


class PreparedPlace:
    """One environment that is prepared or being prepared."""

    def __init__(self, environment: Environment, quiet_period: QuietPeriod) -> None:
        self.environment = environment
        self._ending: asyncio.Task[None] | None = None
        self._preparing = begin("Preparing an environment", self._prepare(quiet_period), self._give_up)

    async def _prepare(self, quiet_period: QuietPeriod) -> None:
        await quiet_period.wait()
        try:
            await self.environment.prepare()
        except SandboxError as error:
            # Not reported: the next cold start makes its own sandbox and tells the person who waits for it what is wrong.
            await self.environment.stop("failure", str(error))

    def _give_up(self, why: str) -> None:
        """End the environment after an unexpected failure: a stopped one no longer occupies the place."""
        self._ending = begin("Ending a prepared environment", self.environment.stop("failure", why))

    async def stop(self, reason: str) -> None:
        """End the environment, including a sandbox that is just being made."""
        self._preparing.cancel()
        await asyncio.wait([self._preparing])  # stopping an environment whose sandbox is still being made would leave that behind
        await self.environment.stop(reason)


class HoldingPlace:
    """One environment that holds the snapshot of a version, from which others are restored. It serves no requests."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    async def stop(self, reason: str) -> None:
        """End the environment, and the snapshot with it."""
        await self.environment.stop(reason)


P = TypeVar("P", PreparedPlace, HoldingPlace)


class PreparedEnvironments:
    """Keeps at most one environment ahead per function and kind of sandbox, and one that holds its snapshot.

    Use it on the engine's loop.
    """

    def __init__(self, quiet_period: QuietPeriod) -> None:
        self._quiet_period = quiet_period
        self._places: dict[PoolKey, PreparedPlace] = {}
        self._holders: dict[PoolKey, HoldingPlace] = {}

    def __iter__(self) -> Iterator[Environment]:
        """Iterate over all, including those still being made."""
        prepared = [place.environment for place in self._places.values()]  # a copy: callers stop some of them meanwhile
        return iter([*prepared, *(place.environment for place in self._holders.values())])

    def keep(self, key: PoolKey, make: Callable[[], Environment]) -> None:
        """Make an environment in the next quiet period and keep it, unless there is one."""
        if not self.has(key):
            self._places[key] = PreparedPlace(make(), self._quiet_period)

    def has(self, key: PoolKey) -> bool:
        """Whether one is prepared or being prepared."""
        place = self._places.get(key)
        # One that could not be prepared stays in its place, stopped, until the next call of `keep` replaces it.
        return place is not None and place.environment.state is not STOPPED

    def has_only(self, key: PoolKey) -> bool:
        """Whether that is the only one."""
        return len(self._places) == 1 and self.has(key)

    def hold(self, key: PoolKey, environment: Environment) -> None:
        """Keep the environment that holds the snapshot of a version, in place of one kept before. The caller stops that."""
        self._holders[key] = HoldingPlace(environment)

    def holder(self, key: PoolKey) -> Environment | None:
        """Return the environment that holds the snapshot of a version, None if there is none or it broke."""
        place = self._holders.get(key)
        return place.environment if place is not None and place.environment.state is IDLE else None

    def take(self, key: PoolKey) -> Environment | None:
        """Remove and return the environment for a request; None if none is ready yet."""
        place = self._places.get(key)
        if place is None or not place.environment.is_spare:
            return None
        return self._places.pop(key).environment

    def take_out(self, matches: Callable[[PoolKey, Environment], bool]) -> list[PreparedPlace | HoldingPlace]:
        """Remove and return the places that match; the caller stops them."""
        return [*_taken_out(self._places, matches), *_taken_out(self._holders, matches)]


def _taken_out(places: dict[PoolKey, P], matches: Callable[[PoolKey, Environment], bool]) -> list[P]:
    keys = [key for key, place in places.items() if matches(key, place.environment)]
    return [places.pop(key) for key in keys]
