"""This machine's own limit: how many execution environments it runs at a time. Who comes later waits, and is told so.

It is none of Lambda's limits, so it never throttles: Lambda would have made another environment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.engine.clock import Clock
from workbench.engine.environment.environment import Environment
from workbench.engine.pool_key import PoolKey
from workbench.model.engine_api import Settings
from workbench.model.failures import MachineFull

LONGEST_WAIT_S = 900.0
"""The longest wait, in seconds: Lambda's longest timeout, after which at least one invocation has ended."""
PATIENCE_NS = 1_000_000_000
"""How long the first in the line lets others pass who can use an environment as it is, without a cold start."""

Told = Callable[[int], None]
"""Learns how many wait, the new one included, and then, when its turn has come, of 0."""
GiveBack = Callable[[Environment | None], None]
"""Takes back an environment, or for None the room for one."""


class _Waiter:
    """A request in the line. `key` None: it wants a new environment. `turn` gets one to reuse, or None: room for a new one."""

    def __init__(self, key: PoolKey | None, since_ns: int) -> None:
        self.key = key
        self.since_ns = since_ns
        self.turn: asyncio.Future[Environment | None] = asyncio.get_running_loop().create_future()


class MachineGate:
    """The line of those who wait. Use it on the engine's loop. `limit`: environments at a time, as the settings say."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._line: list[_Waiter] = []
        self.promised = 0
        """Places for new environments that were given to somebody who has not made one yet."""
        self.limit = Settings().machine_environments

    def follow(self, settings: Settings) -> None:
        """Have the limit of these settings."""
        self.limit = settings.machine_environments

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    async def wait(self, key: PoolKey | None, told: Told, give_back: GiveBack) -> Environment | None:
        """Return a free environment of this key, or None when there is room for a new one, which is `promised` until `made`.

        Raises MachineFull after LONGEST_WAIT_S. `give_back` gets the turn of a caller that is cancelled as it comes.
        """
        waiter = _Waiter(key, self._clock.now_ns())
        self._line.append(waiter)
        told(len(self._line))
        try:
            async with self._clock.timeout(LONGEST_WAIT_S):
                await waiter.turn
        except TimeoutError:
            if not _has_turn(waiter):
                raise _no_room(self.limit) from None
        except asyncio.CancelledError:
            if _has_turn(waiter):
                give_back(waiter.turn.result())
            raise
        finally:
            if waiter in self._line:
                self._line.remove(waiter)
        told(0)
        return waiter.turn.result()

    def made(self) -> None:
        """Note that a promised environment has been made, or will not be."""
        self.promised -= 1

    def offer(self, key: PoolKey, environment: Environment) -> bool:
        """Hand a free environment to the first in the line who can use it. Return False if nobody can.

        Also False if another has waited long for room: whoever uses it next would keep it from being made.
        """
        found = next((each for each in self._line if each.key == key), None)
        if found is None or (found is not self._line[0] and self._is_impatient(self._line[0])):
            return False
        self._call(found, environment)
        return True

    def promise(self) -> None:
        """Give the first in the line the room for a new environment."""
        self.promised += 1
        self._call(self._line[0], None)

    def _is_impatient(self, waiter: _Waiter) -> bool:
        return self._clock.now_ns() - waiter.since_ns > PATIENCE_NS

    def _call(self, waiter: _Waiter, turn: Environment | None) -> None:
        self._line.remove(waiter)
        waiter.turn.set_result(turn)


def _has_turn(waiter: _Waiter) -> bool:
    return waiter.turn.done() and not waiter.turn.cancelled()


def _no_room(limit: int) -> MachineFull:
    return MachineFull(
        f"This machine had no room for another execution environment within {LONGEST_WAIT_S / 60:.0f} minutes: {limit} run.",
        "Let it run more (--machine-environments, or the workspace's settings), or call fewer at a time.")
