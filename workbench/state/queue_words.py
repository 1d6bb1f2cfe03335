"""What is said of an event in the queue, in AWS's words where there are any: state, attempts, age, when it is next tried."""

from __future__ import annotations

from typing import Literal, NamedTuple

from workbench.model.queue import EndedEventInfo, QueuedEventInfo
from workbench.state.queue_rows import QueueRow

_TENTH_MS, _SECOND_MS, _MINUTE_MS, _HOUR_MS = 100, 1_000, 60_000, 3_600_000
QueueAction = Literal["retry", "edit", "drop"]
QUEUE_ACTIONS: tuple[QueueAction, ...] = ("retry", "edit", "drop")
"""What can be done with an event, in the order in which it is offered."""
DROPPED = "Dropped"
FAILED = "The function failed: "
"""With this begins what is known of a failed attempt; where its state stands beside it, that says so already."""
_SENTENCES = {
    "Success": "The function succeeded.",
    "RetriesExhausted": "The function failed in every attempt.",
    "EventAgeExceeded": "Its next attempt would have come after its maximum age.",
    "ZeroReservedConcurrency": "The function's reserved concurrency is 0: it was given up without an attempt.",
    "RecursiveInvocationDetected": "The function had invoked itself about 16 times in one chain of requests.",
}


class Look(NamedTuple):
    """A word, and the name of its color in the theme."""

    word: str
    token: str


def state_look(row: QueueRow) -> Look:
    """Return the state of an event in the queue, or the condition with which it ended."""
    if isinstance(row, EndedEventInfo):
        return condition_look(row.condition)
    if row.state in _LOOKS:
        return _LOOKS[row.state]
    return Look("retrying", "warning") if row.attempts or row.why else Look("waiting", "syntax_function")


def condition_look(condition: str) -> Look:
    """Return how a condition looks."""
    return Look(condition, "success" if condition == "Success" else "muted" if condition == DROPPED else "error")


def possible_actions(row: QueueRow) -> tuple[QueueAction, ...]:
    """Return what a person can do with an event: nothing while it is tried or delivered; one that ended is sent anew."""
    if isinstance(row, EndedEventInfo):
        return ("edit",)
    return QUEUE_ACTIONS if row.state in ("waiting", "asked") else ()


def attempt_text(row: QueueRow) -> str:
    """Return which attempt is made or comes next of how many, or how many were made."""
    if isinstance(row, QueuedEventInfo):
        return f"{row.attempts + (row.state != 'settled')} of {row.most_attempts}"
    return "none" if not row.attempts else f"{row.attempts} made"


def age_text(row: QueueRow, since_ms: int) -> str:
    """Return how old an event is by its queue's clock, or how old it became. `since_ms`: since it was listed."""
    if isinstance(row, EndedEventInfo):
        return span_text(row.ended_ms - row.accepted_ms)
    return span_text(row.clock_ms + since_ms - row.accepted_ms)


def next_text(row: QueueRow, since_ms: int) -> str:
    """Return when an event is tried next, by its queue's clock."""
    if isinstance(row, EndedEventInfo):
        return "–"
    if row.state != "waiting":
        return {"running": "now", "asked": "asks first"}.get(row.state, "–")
    wait_ms = row.due_ms - row.clock_ms - since_ms
    return "due" if wait_ms <= 0 else f"in {span_text(wait_ms)}"


def why_text(row: QueueRow) -> str:
    """Return what went wrong last, or what the end means; "" for nothing."""
    if isinstance(row, EndedEventInfo):
        return row.why.removeprefix(FAILED) or _SENTENCES.get(row.condition, "")
    if row.state == "asked":
        return "It was older than an hour when the engine started."
    return _SENTENCES.get(row.why, row.why.removeprefix(FAILED))


def condition_sentence(condition: str) -> str:
    """Return what a condition means, "" for one without a sentence."""
    return _SENTENCES.get(condition, "")


def span_text(span_ms: int) -> str:
    """Return a duration as people read it: 0.4 s, and whole seconds from the first one on: 42 s, 2 min 5 s, 1 h 30 min.

    What counts keeps its width then: with tenths where there are any, an age of 3 s was 2.9 s before and 3.1 s after.
    """
    span_ms = max(span_ms, 0)
    if span_ms < _SECOND_MS:
        tenths = span_ms // _TENTH_MS
        return f"0.{tenths} s" if tenths else "0 s"
    if span_ms < _MINUTE_MS:
        return f"{span_ms // _SECOND_MS} s"
    large, small, unit, part = (_MINUTE_MS, _SECOND_MS, "min", "s") if span_ms < _HOUR_MS else (
        _HOUR_MS, _MINUTE_MS, "h", "min")
    whole, rest = span_ms // large, span_ms % large // small
    return f"{whole} {unit}" + (f" {rest} {part}" if rest else "")


_LOOKS = {"running": Look("running", "success"), "asked": Look("waits for you", "warning"),
          "settled": Look("delivering", "muted")}
