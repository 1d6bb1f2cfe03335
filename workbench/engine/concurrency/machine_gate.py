"""The line of those who wait for this machine's own limit, and are told so.

It is none of Lambda's limits, so it never throttles: Lambda would have made another environment. Idle environments end to make
room, those that have been idle longest first; what the limit is, is for `machine_room`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.engine.clock import Clock, Timer
from workbench.engine.concurrency.machine_room import Lack, MachineRoom, Want
from workbench.engine.concurrency.present import PresentEnvironments
from workbench.engine.environment.environment import Environment
from workbench.engine.pool_key import PoolKey
from workbench.model.failures import MachineFull

LONGEST_WAIT_S = 900.0
"""The longest wait, in seconds: Lambda's longest timeout, after which at least one invocation has ended."""
PATIENCE_NS = 1_000_000_000
"""How long the first in the line lets others pass who can use an environment as it is, without a cold start."""
MEMORY_PATIENCE_NS = 10_000_000_000
"""How long the first in the line waits for the memory that running environments might still take, but do not."""
LOOK_AGAIN_S = 1.0
"""How often the memory is measured while somebody waits for it: other programs give it back without telling."""
ROOM = "This machine has room."

Told = Callable[[str], None]
"""Learns in a sentence for what it waits, and then, when its turn has come, ROOM."""
GiveBack = Callable[[Environment | None, int], None]
"""Takes back an environment, or for None the room for one of this size in MB."""


class _Waiter:
    """A request in the line. `key` None: it wants a new environment. `turn` gets one to reuse, or None: room for a new one."""

    def __init__(self, key: PoolKey | None, memory_mb: int, since_ns: int) -> None:
        self.key = key
        self.memory_mb = memory_mb
        self.since_ns = since_ns
        self.turn: asyncio.Future[Environment | None] = asyncio.get_running_loop().create_future()


class MachineGate:
    """The line of those who wait. Use it on the engine's loop.

    `end_idle` ends an idle environment that makes room; whoever ends one calls `ending` and, when it is gone, `ended`.
    """

    def __init__(
        self, clock: Clock, room: MachineRoom, present: PresentEnvironments, end_idle: Callable[[Environment], None]
    ) -> None:
        self._clock = clock
        self.room = room
        self._present = present
        self._end_idle = end_idle
        self._line: list[_Waiter] = []
        self._promised: list[int] = []  # the sizes of environments whose room was given and that are not made yet
        self._ending = 0
        self._lack = Lack("")
        self._looking: Timer | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    @property
    def promised(self) -> int:
        """How many may be made by somebody who has not made them yet."""
        return len(self._promised)

    @property
    def sentence(self) -> str:
        """For what they wait, "" if nobody does."""
        return waits_sentence(self._lack, len(self._line)) if self._line else ""

    async def turn(self, key: PoolKey | None, memory_mb: int, told: Told, give_back: GiveBack) -> Environment | None:
        """Return a free environment of this key, or None when there is room for a new one, which is `promised` until `made`.

        Waits for either. Raises MachineFull after LONGEST_WAIT_S. `give_back` gets the turn of a caller that is cancelled as it
        comes.
        """
        if not self._line and self._has_room(Want(memory_mb)):
            self._promised.append(memory_mb)
            return None
        waiter = _Waiter(key, memory_mb, self._clock.now_ns())
        self._line.append(waiter)
        if self._looking is None:
            self._looking = self._clock.call_later(LOOK_AGAIN_S, self._look)
        told(self.sentence)
        try:
            async with self._clock.timeout(LONGEST_WAIT_S):
                await waiter.turn
        except TimeoutError:
            if not _has_turn(waiter):
                raise _no_room(self._lack) from None
        except asyncio.CancelledError:
            if _has_turn(waiter):
                give_back(waiter.turn.result(), memory_mb)
            raise
        finally:
            self._leave(waiter)
        told(ROOM)
        return waiter.turn.result()

    def made(self, memory_mb: int) -> None:
        """Note that a promised environment of this size has been made, or will not be."""
        self._promised.remove(memory_mb)

    def offer(self, key: PoolKey, environment: Environment) -> bool:
        """Hand a free environment to the first in the line who can use it. Return False if nobody can.

        Also False if another has waited long for room: whoever uses it next would keep it from being made.
        """
        if not self._line:  # nearly always
            return False
        found = next((each for each in self._line if each.key == key), None)
        if found is None or (found is not self._line[0] and self._is_impatient(self._line[0])):
            return False
        self._call(found, environment)
        return True

    def call(self) -> None:
        """Give those who have waited longest the room that there is. Call it whenever there may be more."""
        while self._line and self._has_room(self._first_want()):
            self._promised.append(self._line[0].memory_mb)
            self._call(self._line[0], None)

    def ending(self) -> None:
        """Note that an environment is being ended. Its memory comes back when it is gone."""
        self._ending += 1

    def ended(self) -> None:
        """Note that it is gone."""
        self._ending -= 1
        self.call()

    def _has_room(self, want: Want) -> bool:
        while (lack := self._lacks(want)) is not None:
            self._lack = lack
            idle = self._present.longest_idle()
            if idle is None or (lack.is_measured and self._ending):  # what ends gives its memory back in a moment
                return False
            self._end_idle(idle)
        return True

    def _lacks(self, want: Want) -> Lack | None:
        present = tuple(self._present)
        if len(present) + len(self._promised) >= self.room.limit:
            return Lack("1 execution environment runs" if len(present) == 1 else f"{len(present):,} execution environments run")
        lack = self.room.lacks_memory(present, self._promised, want)
        # Where nothing runs or can end, nothing would ever make room: one environment always runs.
        is_over = self._present.is_at_rest and self._present.longest_idle() is None and not self._promised and not self._ending
        return None if is_over else lack

    def _first_want(self) -> Want:
        first = self._line[0]
        return Want(first.memory_mb, self._clock.now_ns() - first.since_ns >= MEMORY_PATIENCE_NS)

    def _look(self) -> None:
        self._looking = self._clock.call_later(LOOK_AGAIN_S, self._look)
        self.call()

    def _leave(self, waiter: _Waiter) -> None:
        if waiter in self._line:
            self._line.remove(waiter)
        if not self._line and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _is_impatient(self, waiter: _Waiter) -> bool:
        return self._clock.now_ns() - waiter.since_ns > PATIENCE_NS

    def _call(self, waiter: _Waiter, turn: Environment | None) -> None:
        self._leave(waiter)
        waiter.turn.set_result(turn)


def waits_sentence(lack: Lack, waiting: int) -> str:
    """Say that requests wait for this machine, for what, and what can be done."""
    wait = f"{waiting} {'request waits' if waiting == 1 else 'requests wait'}"
    return f"Waits for this machine: {lack.clause}, {wait}. {lack.cure}".rstrip()


def _has_turn(waiter: _Waiter) -> bool:
    return waiter.turn.done() and not waiter.turn.cancelled()


def _no_room(lack: Lack) -> MachineFull:
    return MachineFull(
        f"This machine had no room for another execution environment within {LONGEST_WAIT_S / 60:.0f} minutes: {lack.clause}.",
        "Let it run more (--machine-environments and --machine-memory, or the workspace's settings), give functions a smaller "
        "MemorySize, or call fewer at a time.")
