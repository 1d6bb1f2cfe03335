"""The person's hand on the clocks of the queue: hold, resume, step, fast-forward."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from workbench.engine.asynchronous.attempts import QueueTables
from workbench.engine.asynchronous.clocks import ALL, QueueClock
from workbench.engine.asynchronous.dispatcher import Dispatcher
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.store import Wanted
from workbench.model.failures import ServiceError
from workbench.model.queue import QueueStep

_MOST_STEPS = 100
"""How many of the events that were tried are told; the stream has all."""
_EVER_MS = 2**62


class Trail:
    """What was tried by a move: how many events, and what became of the last of them. `is_wanted`: whether it is to go on."""

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self.is_wanted = is_wanted
        self.tried = 0
        self._last: deque[QueueStep] = deque(maxlen=_MOST_STEPS)

    def add(self, step: QueueStep) -> None:
        """Note what became of one more."""
        self.tried += 1
        self._last.append(step)

    @property
    def steps(self) -> tuple[QueueStep, ...]:
        """What became of the last events, in order."""
        return tuple(self._last)


class QueueMoves:
    """Moves clocks. Use it on the engine's loop. A function's key is its own, `ALL` means every clock.

    While a clock is held, events are tried only by `step` and `forward`, one after the other, each at the time it is due: so
    retries and ages come out exactly, whatever an attempt takes.
    """

    def __init__(self, tables: QueueTables, dispatcher: Dispatcher) -> None:
        self._store = tables.store
        self._clocks = tables.clocks
        self._told = tables.told
        self._dispatcher = dispatcher
        self._moving = asyncio.Lock()

    async def hold(self, function: str) -> None:
        """Let nothing become due by itself. Attempts in progress go on."""
        await self._use(self._clocks.with_hold(function))

    async def resume(self, function: str) -> None:
        """Let a clock go on from where it was held, and try the events that wait for the person."""
        for key in [function] if function != ALL else await self._store.functions():
            await self._store.go_on_with(key)
        await self._use(self._clocks.with_resume(function))
        await self.tidy()
        self._dispatcher.look_at()

    async def step(self, function: str) -> Trail:
        """Try the next event whose clock is held, at the time it is due. Raises ServiceError 409 if no clock is held."""
        async with self._moving:
            trail = Trail(lambda: True)
            held = [key for key in await self._of(function) if self._clocks.is_held(key)]
            if not held and not self._is_held(function):
                raise ServiceError("ResourceConflictException", 409, "The queue's clock is not held.",
                                   hint="Hold it first: workbench queue hold")
            entry = await self._first(held)
            if entry is not None:
                trail.add(await self._try(entry))
            return trail

    async def forward(self, function: str, by_ms: int | None, is_wanted: Callable[[], bool] = lambda: True) -> Trail:
        """Move clocks forward, by a duration or (None) to when the next event is due.

        Under a held clock this returns when what became due has been tried. That may be never, as functions may invoke each other
        in a loop: nothing more is tried once it is not wanted any more.
        """
        async with self._moving:
            trail = Trail(is_wanted)
            for clock in list(self._clocks) if function == ALL else [await self._own(function)]:
                await self._forward_one(clock, by_ms, trail)
        self._dispatcher.look_at()
        return trail

    async def tidy(self) -> None:
        """Have clocks that go show the machine's time again where no event would notice."""
        moved = [key for key, clock in self._clocks.items() if clock.held_ms is None and clock != QueueClock()]
        in_use = {self._clocks.key_of(function) for function in await self._store.functions()} if moved else set()
        for key in moved:
            if key not in in_use:
                await self._use(self._clocks.without(key))

    async def _forward_one(self, clock: str, by_ms: int | None, trail: Trail) -> None:
        if by_ms is None:
            first = await self._first_of(clock)
            by_ms = 0 if first is None else max(first.due_ms - self._clocks.now_ms(clock), 0)
        if self._holds(clock):
            await self._forward_held(clock, self._clocks.now_ms(clock) + by_ms, trail)
        elif by_ms:
            await self._use(self._clocks.with_forward(clock, by_ms))

    async def _forward_held(self, clock: str, until_ms: int, trail: Trail) -> None:
        while (entry := await self._first_of(clock)) is not None and entry.due_ms <= until_ms and self._holds(clock):
            if not trail.is_wanted():
                return
            trail.add(await self._try(entry))
        if self._holds(clock):
            await self._set(clock, until_ms)

    async def _try(self, entry: Entry) -> QueueStep:
        await self._set(self._clocks.key_of(entry.key), entry.due_ms)
        return await self._dispatcher.try_now(entry)

    async def _first_of(self, clock: str) -> Entry | None:
        """Return the event that is due first of those with this clock, also of functions that were invoked only on the way."""
        return await self._first([key for key in await self._store.functions() if self._clocks.key_of(key) == clock])

    async def _first(self, functions: Sequence[str]) -> Entry | None:
        """Return the event that is due first of these functions, seen from what each one's clock shows."""
        found = await self._store.due([Wanted(key, _EVER_MS, 1, self._dispatcher.running.of(key)) for key in functions])
        entries = [due.entries[0] for due in found if due.entries]
        return min(entries, key=self._order, default=None)

    def _order(self, entry: Entry) -> tuple[int, int, int]:
        return max(entry.due_ms - self._clocks.now_ms(entry.key), 0), entry.due_ms, entry.event.event_id

    async def _set(self, clock: str, at_ms: int) -> None:
        """Have a held clock show this time, if it is later."""
        if at_ms > self._clocks.now_ms(clock):
            await self._use({**self._clocks, clock: QueueClock(at_ms)})

    async def _own(self, function: str) -> str:
        """Give a function a clock of its own, which shows what counted for it so far."""
        if function not in self._clocks:
            await self._use(self._clocks.with_forward(function, 0))
        return function

    async def _of(self, function: str) -> list[str]:
        return await self._store.functions() if function == ALL else [function]

    def _is_held(self, function: str) -> bool:
        return bool(self._clocks.held) if function == ALL else self._clocks.is_held(function)

    def _holds(self, clock: str) -> bool:
        return clock in self._clocks and self._clocks[clock].held_ms is not None

    async def _use(self, clocks: Mapping[str, QueueClock]) -> None:
        """Have these clocks from now on, once they are on disk. Raises WorkspaceError."""
        await self._store.keep_clocks(clocks)
        before = dict(self._clocks)
        self._clocks.use(clocks)
        for key in self._clocks:
            if self._clocks[key] != before.get(key):
                self._told.clock(key, self._clocks[key], self._clocks.now_ms(key))
