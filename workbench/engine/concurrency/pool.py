"""Chooses the environment for a request: an idle one of the same function, else one that is about to be free, else a new one.

Source of the rules: Lambda guide, "Understanding and visualizing concurrency" (one request per environment at a time; scale by
adding environments; provisioned ones serve first). The most recently used idle environment is taken first, so that the others can
be reclaimed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager
from typing import Any

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.concurrency.machine_memory import MachineMemory
from workbench.engine.concurrency.prepared import PreparedEnvironments
from workbench.engine.concurrency.quiet_period import QuietPeriod
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.state import State
from workbench.engine.pool_key import PoolKey
from workbench.model.failures import ServiceError

CONCURRENCY_LIMIT = 100
"""Environments at a time on this machine. (A new AWS account has 10 to 1,000 concurrent executions per Region.)"""
CONCURRENT_STARTS = 8
"""Environments that are started at the same time; more would only slow all of them down (measured with 30 at once)."""
FREE_SOON_S = 0.25
"""How long a request waits for an environment that has answered but is not back in `next` yet, in seconds.

The runtime needs a moment between its response and `next`. Without the wait, a caller who sends the next request as soon as it
has the answer would cause a cold start every time.
"""


def throttled() -> ServiceError:
    """Return Lambda's answer above the concurrency limit."""
    hint = f"At most {CONCURRENCY_LIMIT} execution environments run on this machine at a time."
    return ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", hint=hint)


class EnvironmentPool:
    """All environments of an engine. Implements EnvironmentOwner. Use it on the engine's loop.

    An environment is in `_all` until it is decided that it ends, and in `_idle` only while nobody has leased it. Its state does
    not tell whether it is leased: it is IDLE until the caller that leased it invokes it.
    """

    def __init__(self, memory: MachineMemory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._all: dict[PoolKey, list[Environment]] = defaultdict(list)
        self._idle: dict[PoolKey, list[Environment]] = defaultdict(list)
        self._waiters: dict[PoolKey, list[asyncio.Future[Environment]]] = defaultdict(list)
        self._retired: set[Environment] = set()  # busy now, stopped as soon as they are free
        self._stopping = TaskSet()
        self.starting = asyncio.Semaphore(CONCURRENT_STARTS)
        """Held by whoever runs the INIT of a new environment."""
        self._quiet_period = QuietPeriod(clock)
        self.prepared = PreparedEnvironments(self._quiet_period)
        self.provisioned_lost: Callable[[PoolKey], None] = lambda _: None

    def __iter__(self) -> Iterator[Environment]:
        for environments in self._all.values():
            yield from environments
        yield from self.prepared

    def undisturbed(self) -> AbstractContextManager[None]:
        """Wrap a cold start and its invocation: environments retired during the block or just before it are stopped after it."""
        return self._quiet_period.hold_off()

    async def lease(self, key: PoolKey, make: Callable[[], Environment]) -> tuple[Environment, bool]:
        """Return an environment for one request, and whether it is new, in which case the caller initializes it.

        Waits at most FREE_SOON_S, and only if an environment is about to be free. Raises ServiceError 429.
        """
        idle = self._idle[key]
        if idle:
            # `release` appends, so the end of the list is the most recently used one.
            best = next((environment for environment in reversed(idle) if environment.is_provisioned), idle[-1])
            idle.remove(best)
            return best, False
        free = await self._soon_free(key)
        return (free, False) if free is not None else (self.add(key, make), True)

    def add(self, key: PoolKey, make: Callable[[], Environment]) -> Environment:
        """Make an environment; at the limit the longest idle one makes room. Raises ServiceError 429 when all are busy."""
        # Prepared ones are not in `_all`: they have not started INIT and serve nobody yet.
        if sum(map(len, self._all.values())) >= CONCURRENCY_LIMIT:
            self._make_room()
        environment = make()
        self._all[key].append(environment)
        return environment

    def made(self, environment: Environment) -> None:
        """Account for the memory of a new environment; the person is warned if this machine may have too little for all."""
        self._memory.made(environment)

    def free(self, environment: Environment) -> None:
        """Take back an environment that has served its request."""
        self.release(environment.key, environment)

    def release(self, key: PoolKey, environment: Environment) -> None:
        """Take back a free environment: the next waiting request gets it, else it becomes idle. A retired one is stopped."""
        if environment in self._retired:
            self._stop_when_quiet(key, environment, "changed")
            return
        if environment.is_provisioned and environment.state is State.NEEDS_INIT:
            # Its next request would have to wait for INIT, which provisioned concurrency promises to avoid: it is replaced
            # (`provisioned_lost` makes another one ahead of any request).
            self._stop_when_quiet(key, environment, "failure")
            return
        waiters = self._waiters[key]
        while waiters:
            waiter = waiters.pop(0)
            if not waiter.done():  # it may have given up in this very turn of the loop and not have left the list yet
                waiter.set_result(environment)
                return
        self._idle[key].append(environment)

    def discard(self, key: PoolKey, environment: Environment, reason: str, detail: str = "") -> None:
        """Remove an environment from the pool and stop it at once."""
        self._stop(key, environment, reason, detail)

    def retire(self, matches: Callable[[PoolKey], bool], reason: str, *, spare_ahead: bool = False) -> None:
        """Retire the environments of some functions: idle ones end in the next quiet period, busy ones when they are free.

        `spare_ahead` keeps those that were made ahead of their requests (prepared and provisioned ones).
        """
        if not spare_ahead:
            self._stop_prepared(lambda key, _: matches(key), reason)
        for key in [key for key in self._all if matches(key)]:
            for environment in tuple(self._all[key]):
                if spare_ahead and environment.is_provisioned:
                    continue
                # Both must hold: one that was just leased is IDLE but not in the list, and its caller is about to invoke it.
                if environment.state in (State.IDLE, State.NEEDS_INIT) and environment in self._idle[key]:
                    self._stop_when_quiet(key, environment, reason)
                else:
                    self._retired.add(environment)

    def end_prepared(self, matches: Callable[[PoolKey], bool]) -> None:
        """Stop the prepared environments of the matching keys."""
        self._stop_prepared(lambda key, _: matches(key), "idle")

    def reclaim(self, now_ns: int, idle_limit_ns: int) -> None:
        """Stop environments that have been idle for longer than the limit; provisioned ones stay."""
        def is_over(environment: Environment) -> bool:
            return now_ns - environment.idle_since_ns > idle_limit_ns and not environment.is_provisioned

        for key, idle in self._idle.items():
            for environment in filter(is_over, tuple(idle)):
                self._stop_when_quiet(key, environment, "idle")
        self._stop_prepared(lambda _, environment: environment.is_spare and is_over(environment), "idle")

    def is_retired(self, environment: Environment) -> bool:
        """Whether it will be stopped as soon as it is free."""
        return environment in self._retired

    def stop_one(self, environment_id: str) -> bool:
        """Retire one environment. Return False if there is none with this ID."""
        found = next((environment for environment in self if environment.environment_id == environment_id), None)
        if found is None:
            return False
        self._stop_prepared(lambda _, environment: environment is found, "cold")
        if found in self._idle[found.key]:
            self._stop_when_quiet(found.key, found, "cold")
        elif found in self._all[found.key]:
            self._retired.add(found)
        return True

    async def close(self) -> None:
        """Stop all environments, including busy ones, and return when they have ended."""
        self._quiet_period.end()  # first, so that stops already waiting for a quiet period do not delay the end
        self._stop_prepared(lambda _, __: True, "shutdown")
        for key, environments in self._all.items():
            for environment in tuple(environments):
                self._stop(key, environment, "shutdown")
        await self._stopping.finished()

    def _make_room(self) -> None:
        idle = [(each, key) for key, group in self._idle.items() for each in group if not each.is_provisioned]
        if not idle:
            raise throttled()
        environment, key = min(idle, key=lambda pair: pair[0].idle_since_ns)
        self._stop(key, environment, "idle")

    async def _soon_free(self, key: PoolKey) -> Environment | None:
        waiters = self._waiters[key]
        answered = sum(environment.answered and environment not in self._retired for environment in self._all[key])
        # Each of them will serve one waiter: whoever comes after that many would wait in vain and then start cold all the same.
        if answered <= len(waiters):
            return None
        waiter: asyncio.Future[Environment] = asyncio.get_running_loop().create_future()
        waiters.append(waiter)
        try:
            async with self._clock.timeout(FREE_SOON_S):
                return await waiter
        except TimeoutError:
            return _given(waiter)
        except asyncio.CancelledError:
            # The caller is gone, but `release` may have handed the environment over before: without this it would never be free.
            if (given := _given(waiter)) is not None:
                self.release(key, given)
            raise
        finally:
            if waiter in waiters:
                waiters.remove(waiter)

    def _stop(self, key: PoolKey, environment: Environment, reason: str, detail: str = "") -> None:
        self._take_out(key, environment)
        self._spawn(environment.stop(reason, detail))

    def _stop_when_quiet(self, key: PoolKey, environment: Environment, reason: str) -> None:
        async def stop() -> None:
            await self._quiet_period.wait()
            await environment.stop(reason)

        self._take_out(key, environment)  # at once, although it stops later: no request may get it any more
        self._spawn(stop())

    def _stop_prepared(self, matches: Callable[[PoolKey, Environment], bool], reason: str) -> None:
        for place in self.prepared.take_out(matches):
            self._spawn(place.stop(reason))

    def _take_out(self, key: PoolKey, environment: Environment) -> None:
        for group in (self._all[key], self._idle[key]):
            if environment in group:
                group.remove(environment)
        self._retired.discard(environment)
        # Last: the refill that this begins counts what is still in the pool.
        if environment.is_provisioned:
            self.provisioned_lost(key)

    def _spawn(self, stop: Coroutine[Any, Any, None]) -> None:
        self._stopping.begin("The end of an environment", stop)


def _given(waiter: asyncio.Future[Environment]) -> Environment | None:
    """Return the environment that was handed over in the turn in which its waiter gave up, or None. Nobody else knows of it.

    On a busy loop the time limit is often reached in the very turn in which an environment becomes free.
    """
    return waiter.result() if waiter.done() and not waiter.cancelled() else None
