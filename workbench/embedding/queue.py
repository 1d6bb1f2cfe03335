"""The queue of asynchronous invocations of an embedded engine, and its clock."""

from __future__ import annotations

from workbench.embedding.session import Ask
from workbench.embedding.waiting import wait_for
from workbench.model.failures import EngineError
from workbench.model.queue import QueuedEventInfo, QueueInfo, QueueMove, QueueStep

_MOST_LISTED = 1_000


class Queue:
    """Blocking, and usable from any thread. A function is named, or "" is all of them. Raises ServiceError and EngineError.

    While the clock is held, events are tried by `step` and `fast_forward` alone, each at the time it is due: two retries take as
    long as three invocations. The clock of a handler and its deadline never notice.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def list(self, function: str = "") -> tuple[QueuedEventInfo, ...]:
        """The events that wait or are tried, up to 1,000, in the order in which they were accepted."""
        return self._info(function).events

    def hold(self, function: str = "") -> None:
        """Hold the clock: events are accepted, and none becomes due by itself."""
        self._ask(lambda client: client.queue.hold(function))

    def resume(self, function: str = "") -> None:
        """Let the clock go on from what it shows; it shows this machine's time again once the queue is empty."""
        self._ask(lambda client: client.queue.resume(function))

    def step(self, function: str = "") -> QueueStep | None:
        """Move a held clock to the next event, try that, and return what became of it; None if no event waits."""
        return _last(self._ask(lambda client: client.queue.step(function)))

    def fast_forward(self, seconds: int | None = None, function: str = "") -> tuple[QueueStep, ...]:
        """Move the clock forward, by default to the next event.

        Under a held clock, all that becomes due on the way is tried. Returns what became of it, of the last 100.
        """
        return self._ask(lambda client: client.queue.forward(function, seconds)).steps

    def retry_now(self, event_id: int) -> QueueStep | None:
        """Try an event now, whatever its clock shows and however old it is, and return what became of it."""
        return _last(self._ask(lambda client: client.queue.retry(event_id)))

    def drop(self, event_id: int) -> None:
        """Remove an event: it is not tried again and goes to no destination."""
        self._ask(lambda client: client.queue.drop(event_id))

    def clear(self, function: str = "") -> None:
        """Remove all events in the same way."""
        self._ask(lambda client: client.queue.drop_all(function))

    def wait_until_empty(self, function: str = "", timeout_s: float = 30.0) -> None:
        """Wait until no event waits and what became of the last was delivered.

        Raises EngineError after `timeout_s`, and at once if the clock is held and events wait for it.
        """
        if wait_for(lambda: self._is_empty(function), timeout_s) is None:
            raise EngineError(f"The queue has not become empty within {timeout_s:g} seconds: {self.summary(function)}.",
                              "Retries wait for minutes: hold the clock and fast_forward it.")

    def summary(self, function: str = "") -> str:
        """Say in a few words what is in the queue."""
        info = self._info(function)
        named = ", ".join(f"{event.function_name} ({event.state}, {event.attempts} attempts)" for event in info.events[:5])
        held = ", its clock is held" if info.held else ""
        return f"{info.waiting} waiting{f': {named}' if named else ''}{held}"

    def _is_empty(self, function: str) -> bool | None:
        info = self._info(function)
        if not info.waiting and not info.events:
            return True
        if info.waiting and _is_stuck(info):
            raise EngineError(f"The queue does not become empty by itself: {self.summary(function)}.",
                              "step or fast_forward tries its events, resume lets the clock go on.")
        return None

    def _info(self, function: str) -> QueueInfo:
        info = self._ask(lambda client: client.queue.info(function, limit=_MOST_LISTED))
        if info.problem:
            raise EngineError(info.problem)
        return info


def _is_stuck(info: QueueInfo) -> bool:
    """Whether every event waits for a clock that is held, or for a decision."""
    held = {clock.function_name: clock.is_held for clock in info.clocks}
    return all(event.state == "asked" or (event.state == "waiting" and held.get(event.function_name, held.get("", False)))
               for event in info.events)


def _last(move: QueueMove) -> QueueStep | None:
    return move.steps[-1] if move.steps else None
