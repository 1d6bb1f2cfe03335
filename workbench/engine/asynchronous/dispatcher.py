"""Tries events as they become due, in order, so many at a time that neither memory nor machine is flooded."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator

from workbench.background import TaskSet
from workbench.engine.admission.loads import Share
from workbench.engine.asynchronous.attempts import Attempts
from workbench.engine.asynchronous.clocks import QueueClocks
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.store import Due, QueueStore, Wanted
from workbench.engine.clock import Clock
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.queue import QueueStep

MOST_AT_ONCE = 60
"""How many events are tried at a time: as many are in memory, with up to 1 MB each."""
MOST_OF_FUNCTION = 20
"""The same of one function, so that a slow one does not keep the others waiting."""
_LONGEST_WAIT_S = 60.0
"""The machine's clock may be set meanwhile; then events are due at other times than the loop's timers."""
_LOOK_AGAIN_S = 1.0
"""How long events wait for concurrency that others have, if no attempt ends before: nobody tells when those leave some."""
_REST_S = 10.0
"""What passes before an event is tried again whose last attempt could not be written, because the disk is full."""


class Running:
    """The events that are being tried, by number."""

    def __init__(self) -> None:
        self._functions: dict[int, str] = {}
        self._counts: Counter[str] = Counter()

    def __contains__(self, event_id: object) -> bool:
        return event_id in self._functions

    def of(self, function: str) -> frozenset[int]:
        """Return the numbers of a function's events."""
        if not self._counts[function]:
            return frozenset()
        return frozenset(event_id for event_id, other in self._functions.items() if other == function)

    def count(self, function: str) -> int:
        """Return how many of a function there are."""
        return self._counts[function]

    def free(self, function: str) -> int:
        """Return for how many more of a function there is room."""
        return max(min(MOST_AT_ONCE - len(self._functions), MOST_OF_FUNCTION - self._counts[function]), 0)

    def begin(self, entry: Entry) -> None:
        """Count an event among them. Raises ServiceError 409 if it is one of them already."""
        self.refuse(entry.event.event_id)
        self._functions[entry.event.event_id] = entry.key
        self._counts[entry.key] += 1

    def end(self, entry: Entry) -> None:
        """Count an event among them no longer."""
        del self._functions[entry.event.event_id]
        self._counts[entry.key] -= 1

    def refuse(self, event_id: int) -> None:
        """Raise ServiceError 409 if the event is being tried."""
        if event_id in self:
            raise ServiceError("ResourceConflictException", 409, f"Event {event_id} is being tried now.",
                               hint="Wait for the end of the attempt.")


class Dispatcher:
    """Tries what is due while its function's clock goes. Use it on the engine's loop. `running`: what is tried now."""

    def __init__(
        self, store: QueueStore, clocks: QueueClocks, attempts: Attempts, share_of: Callable[[str], Share], clock: Clock
    ) -> None:
        """`share_of` says how much concurrency a function has and may have."""
        self._store = store
        self._clocks = clocks
        self._attempts = attempts
        self._share_of = share_of
        self._clock = clock
        self._functions: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks = TaskSet()
        self._touched: set[int] = set()
        """Events that were changed since the disk was asked what is due."""
        self._changing: set[int] = set()
        self._is_ending = False
        self.running = Running()

    def look_at(self, *functions: str) -> None:
        """Look for due events now, also of these functions."""
        self._functions.update(functions)
        self._wake.set()

    def came(self, function: str) -> None:
        """Note that an event of this function was accepted; it is looked for when it can be tried."""
        self._functions.add(function)
        if not self._clocks.is_held(function) and self._free(function):
            self._wake.set()

    def touch(self, event_id: int) -> None:
        """Note that an event was changed: what was read of it before does not count any more."""
        self._touched.add(event_id)
        self._wake.set()

    @contextlib.contextmanager
    def changing(self, event_id: int) -> Iterator[None]:
        """Wrap a change of an event on disk, during which it is not tried by itself. Raises ServiceError 409 if it is now."""
        self.running.refuse(event_id)
        self._changing.add(event_id)
        try:
            yield
        finally:
            self._changing.discard(event_id)
            self.touch(event_id)

    async def work(self) -> None:
        """Try what is due until `stop` is called."""
        while not self._is_ending:
            self._wake.clear()
            await self._woken(await self._begin_due())

    async def stop(self) -> None:
        """Try nothing more, and cancel the attempts in progress, which are made again after the next start."""
        self._is_ending = True
        self._wake.set()
        await self._tasks.cancel()

    async def _woken(self, wait_s: float) -> None:
        timer = self._clock.call_later(wait_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    async def _begin_due(self) -> float:
        """Begin the attempts that are due, and return after how many seconds the next one is."""
        going = [function for function in self._functions if not self._clocks.is_held(function)]
        wanted = [Wanted(function, self._clocks.now_ms(function), free, self.running.of(function))
                  for function in going if (free := self._free(function))]
        longest_s = _LONGEST_WAIT_S if len(wanted) == len(going) else _LOOK_AGAIN_S
        self._touched.clear()
        if not wanted:
            return longest_s  # an attempt that ends, a clock that goes on and an event that comes are noticed before
        found = await self._store.due(wanted)
        for entry in sorted((entry for due in found for entry in due.entries), key=_order):
            self._begin(entry)
        return min(longest_s, *map(self._wait_s, found))

    def _free(self, function: str) -> int:
        """Return how many more events of a function may be tried now.

        They are no more than would be let in: others would only be throttled by them. But one is always tried, so that a function
        that others keep busy throttles its events, as on Lambda.
        """
        own, share = self.running.count(function), self._share_of(function)
        return min(self.running.free(function), max(share.most - max(share.running, own), 0 if own else 1))

    def _begin(self, entry: Entry) -> None:
        event_id = entry.event.event_id
        # Held, tried by hand, changed or ended while the disk was read.
        is_stale = event_id in self.running or event_id in self._touched or event_id in self._changing
        if is_stale or self._is_ending or self._clocks.is_held(entry.key):
            return
        if self._free(entry.key):
            self.running.begin(entry)
            self._tasks.begin("An attempt of an asynchronous invocation", self._try(entry))

    async def try_now(self, entry: Entry, *, forced: bool = False) -> QueueStep:
        """Try an event whatever its clock shows, and return what became of it. Raises ServiceError 409, WorkspaceError."""
        self.running.begin(entry)
        try:
            return await self._attempts.make(entry, forced=forced)
        finally:
            self.running.end(entry)
            self.touch(entry.event.event_id)

    async def _try(self, entry: Entry) -> None:
        try:
            await self._attempts.make(entry)
        except WorkspaceError:
            await self._clock.sleep(_REST_S)
        finally:
            self.running.end(entry)
            self._wake.set()

    def _wait_s(self, due: Due) -> float:
        if due.next_ms is None:
            return _LONGEST_WAIT_S
        return min(max(due.next_ms - self._clocks.now_ms(due.function), 0) / 1000, _LONGEST_WAIT_S)


def _order(entry: Entry) -> tuple[int, int]:
    return entry.due_ms, entry.event.event_id
