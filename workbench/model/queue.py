"""The queue of asynchronous invocations as `/_workbench/queue…` shows it. Times are epoch milliseconds of the queue's clocks."""

from __future__ import annotations

from typing import Literal

import msgspec

QueueState = Literal["waiting", "running", "asked", "settled"]
"""`running`: an attempt is made now. `asked`: the event was older than an hour when the engine started, and waits for a decision.
`settled`: what is left is its delivery."""


class QueuedEventInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event in the queue.

    `attempts` counts those that reached the function, `most_attempts` how many there may be. `why` says what went wrong last, ""
    for nothing. `payload` is the beginning of what the function gets, which has `payload_bytes`. `clock_ms` is what the clock of
    its function shows now.
    """

    event_id: int
    request_id: str
    function_name: str
    qualifier: str
    state: QueueState
    accepted_ms: int
    due_ms: int
    clock_ms: int
    attempts: int
    why: str
    payload: str
    payload_bytes: int
    most_attempts: int = 3


class EndedEventInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of the events that ended last.

    `condition` is that of its record (`Success`, `RetriesExhausted`, …), or `Dropped`. `why` says how the last attempt failed, or
    why it was dropped. `payload` is the beginning of what the function got, which has `payload_bytes`.
    """

    event_id: int
    request_id: str
    function_name: str
    qualifier: str
    condition: str
    accepted_ms: int
    ended_ms: int
    attempts: int
    why: str
    payload: str
    payload_bytes: int


class QueueClockInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One clock: that of a function, or with "" that of all functions without one of their own.

    `ahead_ms` is how far it is ahead of this machine's clock, negative if it is behind.
    """

    function_name: str
    is_held: bool
    now_ms: int
    ahead_ms: int


class QueueInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The queue, or the part of it that belongs to one function.

    `waiting` counts all events that were not settled, `asked` those of them that wait for a decision, `settled` those whose
    delivery is left; `events` may be fewer than these. `ended`: what ended last, the newest first, as far as it was asked for.
    `problem` says why nothing can be accepted, "" if it can.
    """

    waiting: int
    asked: int
    clocks: tuple[QueueClockInfo, ...]
    events: tuple[QueuedEventInfo, ...] = ()
    problem: str = ""
    settled: int = 0
    ended: tuple[EndedEventInfo, ...] = ()

    @property
    def held(self) -> tuple[QueueClockInfo, ...]:
        """The clocks that are held."""
        return tuple(clock for clock in self.clocks if clock.is_held)


class QueueStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of an event that was tried.

    `outcome` is the condition with which it was settled, `scheduled` for another attempt at `due_ms`, or `dropped`.
    """

    event_id: int
    request_id: str
    function_name: str
    outcome: str
    attempts: int
    due_ms: int
    why: str = ""


class QueueMove(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a move of the clock came to: how many events were tried, the last of them, and the queue after it."""

    tried: int
    steps: tuple[QueueStep, ...]
    queue: QueueInfo


class QueueSent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to an event that was sent again as a new one: its request ID."""

    request_id: str
