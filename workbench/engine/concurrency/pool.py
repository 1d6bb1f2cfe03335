"""Chooses the environment for a request: an idle one of the same function, else one that is about to be free, else a new one.

Source of the rules: Lambda guide, "Understanding and visualizing concurrency" (one request per environment at a time; scale by
adding environments; provisioned ones serve first). The most recently used idle environment is taken first, so that the others can
be reclaimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager
from typing import Any

from workbench.background import TaskSet
from workbench.engine.clock import Clock
from workbench.engine.concurrency.machine_gate import MachineGate, Told
from workbench.engine.concurrency.machine_memory import MachineMemory, Planned, may_use_mb
from workbench.engine.concurrency.machine_room import MachineRoom
from workbench.engine.concurrency.prepared import PreparedEnvironments
from workbench.engine.concurrency.present import PresentEnvironments
from workbench.engine.concurrency.quiet_period import QuietPeriod
from workbench.engine.concurrency.soon_free import SoonFree
from workbench.engine.environment.environment import Environment
from workbench.engine.environment.state import IDLE, NEEDS_INIT
from workbench.engine.pool_key import PoolKey
from workbench.model.function_version import FunctionVersion

CONCURRENT_STARTS = 8
"""Environments that are started at the same time; more would only slow all of them down (measured with 30 at once)."""


class EnvironmentPool:
    """All environments of an engine. Implements EnvironmentOwner. Use it on the engine's loop."""

    def __init__(self, memory: MachineMemory, room: MachineRoom, clock: Clock) -> None:
        self._memory = memory
        self._present = PresentEnvironments()
        self._all, self._idle = self._present.all, self._present.idle
        self.gate = MachineGate(clock, room, self._present, self._end_idle)
        self._soon_free = SoonFree(clock, self.release)
        self._retired: dict[Environment, str] = {}  # busy now, stopped as soon as they are free, and why
        self._stopping = TaskSet()
        self.starting = asyncio.Semaphore(CONCURRENT_STARTS)
        """Held by whoever runs the INIT of a new environment."""
        self._quiet_period = QuietPeriod(clock)
        self.prepared = PreparedEnvironments(self._quiet_period)
        self.provisioned_lost: Callable[[PoolKey], None] = lambda _: None

    def __iter__(self) -> Iterator[Environment]:
        yield from self._present
        yield from self.prepared

    def undisturbed(self) -> AbstractContextManager[None]:
        """Wrap a cold start and its invocation: environments retired during the block or just before it are stopped after it."""
        return self._quiet_period.hold_off()

    async def lease(
        self, key: PoolKey, planned: Planned, make: Callable[[], Environment], told: Told, *, spares_provisioned: bool = False
    ) -> tuple[Environment, bool]:
        """Return an environment for one request, and whether it is new, in which case the caller initializes it.

        `planned` tells what a new one, which `make` makes, may take of this machine. Waits FREE_SOON_S if an environment is about
        to be free, then for room on this machine: `told` learns of that. With `spares_provisioned` idle ones that are provisioned
        are left for others. Raises SandboxError, and what `make` raises.
        """
        idle = self._idle[key]
        # `release` appends, so the end of the list is the most recently used one.
        best = next((each for each in reversed(idle) if each.is_provisioned is not spares_provisioned), None)
        if best is None and idle and not spares_provisioned:
            best = idle[-1]
        if best is not None:
            idle.remove(best)
            return best, False
        memory_mb = may_use_mb(planned)
        free = await self._about_to_be_free(key) or await self.gate.turn(key, memory_mb, told, self._take_back)
        return (free, False) if free is not None else (self._new(key, memory_mb, make), True)

    async def lease_new(self, key: PoolKey, planned: Planned, make: Callable[[], Environment], told: Told) -> Environment:
        """Return a new environment as soon as this machine has room for it. Raises SandboxError, and what `make` raises."""
        memory_mb = may_use_mb(planned)
        await self.gate.turn(None, memory_mb, told, self._take_back)
        return self._new(key, memory_mb, make)

    def add(self, key: PoolKey, make: Callable[[], Environment]) -> Environment:
        """Make an environment, whether there is room or not."""
        environment = make()
        # Prepared ones are not in `_all`: they have not started INIT and serve nobody yet.
        self._all[key].append(environment)
        return environment

    @property
    def count(self) -> int:
        """How many environments there are, without those that are prepared ahead."""
        return self._present.count

    def of_tenants(self, function: FunctionVersion) -> int:
        """Return how many environments there are for the tenants of a function, in all of its versions."""
        return sum(len(found) for key, found in self._all.items()
                   if key.tenant_id and key.function._replace(version=function.version) == function)

    def made(self, environment: Environment) -> None:
        """Account for the memory of a new environment; the person is warned if this machine may have too little for all."""
        self._memory.made(environment)

    def free(self, environment: Environment) -> None:
        """Take back an environment that has served its request."""
        self.release(environment.key, environment)

    def release(self, key: PoolKey, environment: Environment) -> None:
        """Take back a free environment: the next waiting request gets it, else it becomes idle. A retired one is stopped."""
        if environment in self._retired:
            self._stop_when_quiet(key, environment, self._retired[environment])
            return
        if environment.is_provisioned and environment.state is NEEDS_INIT:
            # Its next request would have to wait for INIT, which provisioned concurrency promises to avoid: it is replaced
            # (`provisioned_lost` makes another one ahead of any request).
            self._stop_when_quiet(key, environment, "failure")
            return
        if self._soon_free.offer(key, environment) or self.gate.offer(key, environment):
            return
        self._idle[key].append(environment)
        self.gate.call()

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
                if environment.state in (IDLE, NEEDS_INIT) and environment in self._idle[key]:
                    self._stop_when_quiet(key, environment, reason)
                else:
                    self._retired[environment] = reason

    def end_prepared(self, matches: Callable[[PoolKey], bool]) -> None:
        """Stop the prepared environments of the matching keys; snapshots stay."""
        self._stop_prepared(lambda key, environment: matches(key) and not environment.holds_snapshot, "idle")

    def hold(self, key: PoolKey, environment: Environment) -> None:
        """Keep an environment that holds a snapshot, in place of one before that broke."""
        self._stop_prepared(lambda other, each: other == key and each.holds_snapshot, "changed")
        self.prepared.hold(key, environment)

    def end_holders(self, matches: Callable[[PoolKey], bool]) -> None:
        """Stop the environments that hold snapshots of the matching keys."""
        self._stop_prepared(lambda key, each: each.holds_snapshot and matches(key), "changed")

    def end_holder(self, environment: Environment, reason: str, detail: str = "") -> None:
        """Stop an environment that holds a snapshot, or was to hold one."""
        self.prepared.take_out(lambda _, other: other is environment)
        self._spawn(environment.stop(reason, detail))

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

    def stop_one(self, environment_id: str, reason: str = "cold") -> bool:
        """Retire one environment. Return False if there is none with this ID."""
        found = next((environment for environment in self if environment.environment_id == environment_id), None)
        if found is None:
            return False
        self._stop_prepared(lambda _, environment: environment is found, reason)
        if found in self._idle[found.key]:
            self._stop_when_quiet(found.key, found, reason)
        elif found in self._all[found.key]:
            self._retired[found] = reason
        return True

    async def close(self) -> None:
        """Stop all environments, including busy ones, and return when they have ended."""
        self._quiet_period.end()  # first, so that stops already waiting for a quiet period do not delay the end
        self._stop_prepared(lambda _, __: True, "shutdown")
        for key, environments in self._all.items():
            for environment in tuple(environments):
                self._stop(key, environment, "shutdown")
        await self._stopping.finished()

    def _take_back(self, environment: Environment | None, memory_mb: int) -> None:
        if environment is not None:
            self.release(environment.key, environment)
        else:
            self.gate.made(memory_mb)
            self.gate.call()

    def _new(self, key: PoolKey, memory_mb: int, make: Callable[[], Environment]) -> Environment:
        try:
            environment = self.add(key, make)
        except BaseException:
            self._take_back(None, memory_mb)
            raise
        self.gate.made(memory_mb)
        return environment

    def _end_idle(self, environment: Environment) -> None:
        """End one that makes room. Who waits is not called: the gate is about to give the room away."""
        self._present.remove(environment.key, environment)
        self._spawn_end(environment, "idle")

    async def _about_to_be_free(self, key: PoolKey) -> Environment | None:
        answered = sum(environment.answered and environment not in self._retired for environment in self._all[key])
        return await self._soon_free.wait(key, answered) if answered else None

    def _stop(self, key: PoolKey, environment: Environment, reason: str, detail: str = "") -> None:
        self._spawn_end(environment, reason, detail)
        self._take_out(key, environment)

    def _spawn_end(self, environment: Environment, reason: str, detail: str = "") -> None:
        async def end() -> None:
            try:
                await environment.stop(reason, detail)
            finally:
                self.gate.ended()

        self.gate.ending()
        self._spawn(end())

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
        self._present.remove(key, environment)
        self._retired.pop(environment, None)
        # Last: the refill that this begins counts what is still in the pool.
        if environment.is_provisioned:
            self.provisioned_lost(key)
        self.gate.call()

    def _spawn(self, stop: Coroutine[Any, Any, None]) -> None:
        self._stopping.begin("The end of an environment", stop)
