"""What is in the queue, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engine.asynchronous.attempts import PolicyOf
from workbench.engine.asynchronous.clocks import ALL, QueueClocks
from workbench.engine.asynchronous.dispatcher import Running
from workbench.engine.asynchronous.ending import Ending
from workbench.engine.asynchronous.entries import name_in
from workbench.engine.asynchronous.store import Listed, QueueStore
from workbench.model.queue import QueueClockInfo, QueuedEventInfo, QueueInfo


class QueueShown:
    """Shows one queue. Use it on the engine's loop.

    `problem`: why nothing is accepted, "" if it is. `is_served`: whether this engine tries what is in the queue.
    """

    def __init__(
        self, store: QueueStore, clocks: QueueClocks, running: Running, ending: Ending, policy_of: PolicyOf
    ) -> None:
        self._store = store
        self._policy_of = policy_of
        self._clocks = clocks
        self._running = running
        self._ending = ending
        self._waiting = self._asked = 0
        self.problem = ""
        self.is_served = False

    @property
    def notice(self) -> str:
        """What the person should know of the queue now, one sentence per line; "" for nothing."""
        return "\n".join(filter(None, (
            self.problem, self._held(), self._asked_about(), self._unserved(), self._ending.problem)))

    def count(self) -> None:
        """Count one more event that waits."""
        self._waiting += 1

    async def recount(self) -> dict[str, tuple[int, int, int]]:
        """Count again what waits, after a change by hand; see `QueueStore.counts`."""
        counts = await self._store.counts()
        self._waiting, self._asked = (sum(each[of] for each in counts.values()) for of in (0, 1))
        return counts

    async def has(self, function: str) -> bool:
        """Whether a function, by its key, has a clock of its own or events that have not ended."""
        return function in self._clocks or function in await self._store.functions()

    async def info(
        self, function: str = ALL, *, after: int = 0, limit: int = 0, offset: int = 0, ended: int = 0
    ) -> QueueInfo:
        """Return the queue, or a function's part of it, with up to `limit` events with larger numbers than `after`.

        `offset`: how many of these to leave out first. `ended`: how many to list of those that ended last.
        """
        if self.problem:
            return QueueInfo(waiting=0, asked=0, clocks=(), problem=self.problem)
        counts = await self.recount()
        chosen = [each for key, each in counts.items() if function in (ALL, key)]
        functions = list(counts) if function == ALL else [function]
        events = await self._store.page(functions, after, limit, offset) if limit else []
        waiting, asked, settled = (sum(each[of] for each in chosen) for of in range(3))
        return QueueInfo(
            waiting=waiting, asked=asked, settled=settled, ended=self._ending.ended.page(function, ended),
            clocks=tuple(map(self._clock, sorted(self._clocks) if function == ALL else [self._clocks.key_of(function)])),
            events=tuple(map(self._event, events)))

    def _clock(self, key: str) -> QueueClockInfo:
        clock, real_ms = self._clocks[key], self._clocks.real_ms()  # read once: it goes on
        now_ms = clock.now_ms(real_ms)
        return QueueClockInfo(
            function_name=name_in(key), is_held=clock.held_ms is not None, now_ms=now_ms, ahead_ms=now_ms - real_ms)

    def _event(self, listed: Listed) -> QueuedEventInfo:
        entry, event = listed.entry, listed.entry.event
        return QueuedEventInfo(
            event_id=event.event_id, request_id=event.request_id, function_name=event.function_name, qualifier=event.qualifier,
            state="running" if event.event_id in self._running and entry.state == "waiting" else entry.state,
            accepted_ms=event.accepted_ms, due_ms=entry.due_ms, clock_ms=self._clocks.now_ms(entry.key),
            attempts=entry.attempts, most_attempts=self._policy_of(event).retries + 1, why=entry.why,
            payload=event.payload.decode("utf-8", "replace"),
            payload_bytes=listed.payload_bytes)

    def _held(self) -> str:
        held = self._clocks.held
        if not held:
            return ""
        whose = "" if ALL in held else f" of {_names(held)}"
        return f"The clock of the asynchronous queue{whose} is held: events wait until you step or resume it (workbench queue)."

    def _asked_about(self) -> str:
        if not self._asked:
            return ""
        some = "An asynchronous invocation is" if self._asked == 1 else f"{self._asked:,} asynchronous invocations are"
        return (f"{some} older than an hour and not run without being asked for: workbench queue resume runs, "
                "workbench queue drop --asked drops what is.")

    def _unserved(self) -> str:
        if self.is_served or not self._waiting or self.problem:
            return ""
        some = "An asynchronous invocation waits" if self._waiting == 1 else f"{self._waiting:,} asynchronous invocations wait"
        what = "it runs" if self._waiting == 1 else "they run"
        return f"{some} in the queue: {what} while the window or workbench serve has this workspace open."


def _names(keys: Sequence[str]) -> str:
    return ", ".join(sorted(map(name_in, keys)))
