"""The life of one asynchronous invocation, folded from the events of its request: accepted, tried, waiting, ended, delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from workbench.model.events import StreamEvent

Outcome = Literal["running", "succeeded", "failed", "refused", "ended"]
"""`refused`: a throttle or a system error, which takes none of the retries. `ended`: the event was given up with this attempt."""


class Attempted(msgspec.Struct, kw_only=True):
    """One attempt. `at_ms` is epoch milliseconds of the queue's clock; `response` the beginning of what the function answered."""

    number: int
    at_ms: int
    outcome: Outcome = "running"
    why: str = ""
    response: str = ""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """Where the end was told: `kind` is success, failure or dead-letter, `place` service, function or inbox."""

    kind: str
    target: str
    place: str
    why: str = ""


class QueuedLife(msgspec.Struct, kw_only=True):
    """What became of an event. Times are epoch milliseconds of the queue's clock.

    `due_ms`: when it is tried next, None while that is not known or there is no next time. `condition`: with which it ended, or
    `Dropped`, "" before its end. `why_dropped` is "" for other ends.
    """

    event_id: int
    request_id: str = ""
    function_name: str = ""
    qualifier: str = ""
    accepted_ms: int | None = None
    attempts: list[Attempted] = msgspec.field(default_factory=list)
    due_ms: int | None = None
    condition: str = ""
    ended_ms: int | None = None
    why_dropped: str = ""
    deliveries: list[Delivered] = msgspec.field(default_factory=list)


def fold_life(events: Iterable[StreamEvent], event_id: int) -> QueuedLife:
    """Fold the events of a request. What was before the event was sent again in its place is left out."""
    life = QueuedLife(event_id=event_id)
    for event in events:
        fold = _FOLDS.get(event.type)
        if fold is None:
            continue
        record = event.fields()
        if record.get("eventId", event_id) == event_id:
            if event.type == "sandbox.queueAccepted":
                life = QueuedLife(event_id=event_id, request_id=event.request_id, function_name=event.function_name)
            fold(life, record)
    return life


def _accepted(life: QueuedLife, record: dict[str, Any]) -> None:
    life.qualifier = record.get("qualifier", "")
    life.accepted_ms = life.due_ms = record["acceptedMs"]


def _attempt(life: QueuedLife, record: dict[str, Any]) -> None:
    _break_off(life)
    at_ms = (life.accepted_ms or 0) + record["ageMs"]
    life.attempts.append(Attempted(number=record["attempt"], at_ms=at_ms))
    life.due_ms = None


def _break_off(life: QueuedLife) -> None:
    """An attempt without an end before the next one was broken off with the engine, and is made again."""
    if life.attempts and life.attempts[-1].outcome == "running":
        life.attempts[-1].outcome, life.attempts[-1].why = "refused", "The engine ended during this attempt."


def _answered(life: QueuedLife, record: dict[str, Any]) -> None:
    if record["kind"] == "result" and life.attempts:
        last = life.attempts[-1]
        last.response = record["text"]
        last.why = _error_message(last.response) if record.get("functionError") else ""


def _error_message(document: str) -> str:
    try:
        message = msgspec.json.decode(document)["errorMessage"]
    except (msgspec.DecodeError, KeyError, TypeError, RecursionError):  # cut off, or none of a runtime's documents
        return ""
    return message if isinstance(message, str) else ""


def _scheduled(life: QueuedLife, record: dict[str, Any]) -> None:
    life.due_ms = record["dueMs"]
    if life.attempts:
        last = life.attempts[-1]
        last.outcome, last.why = "failed" if record["attempts"] >= last.number else "refused", record.get("why", "")


def _settled(life: QueuedLife, record: dict[str, Any]) -> None:
    life.condition, life.due_ms = record["condition"], None
    life.ended_ms = record.get("settledMs")
    if life.attempts and life.attempts[-1].outcome == "running":
        last = life.attempts[-1]
        was_counted = record["attempts"] >= last.number
        last.outcome = "succeeded" if life.condition == "Success" else "failed" if was_counted else "ended"


def _dropped(life: QueuedLife, record: dict[str, Any]) -> None:
    life.condition, life.due_ms, life.why_dropped = "Dropped", None, record.get("why", "")
    life.ended_ms = record.get("droppedMs")
    if life.attempts and life.attempts[-1].outcome == "running":
        life.attempts[-1].outcome = "ended"


def _delivered(life: QueuedLife, record: dict[str, Any]) -> None:
    life.deliveries.append(Delivered(
        kind=record["kind"], target=record["target"], place=record["place"], why=record.get("why", "")))


_FOLDS: dict[str, Callable[[QueuedLife, dict[str, Any]], None]] = {
    "sandbox.queueAccepted": _accepted,
    "sandbox.queueAttempt": _attempt,
    "sandbox.payload": _answered,
    "sandbox.queueScheduled": _scheduled,
    "sandbox.queueSettled": _settled,
    "sandbox.queueDropped": _dropped,
    "sandbox.delivered": _delivered,
}
