"""When an event is tried again, and when it is given up. Pure arithmetic; times are epoch milliseconds of the queue's clock.

Sources: Lambda guide, "How Lambda handles errors and retries with asynchronous invocation"; API reference,
PutFunctionEventInvokeConfig; observed: the age is checked ahead, so with an age of 60 s the retry after one minute never comes.
"""

from __future__ import annotations

import msgspec

from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.events import Condition

RETRY_AFTER_MS = (60_000, 120_000)
"""What passes between a function error and the next attempt, by the number of failed attempts."""
FIRST_BACKOFF_MS = 1_000
LONGEST_BACKOFF_MS = 300_000
MOST_RETRIES = 2
LONGEST_AGE_S = 21_600


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a function's events: how often they are retried, how old they may become, whether the function is off."""

    retries: int = MOST_RETRIES
    age_s: int = LONGEST_AGE_S
    is_off: bool = False
    """Whether its reserved concurrency is 0."""


class Again(msgspec.Struct, frozen=True):
    """The event is tried again."""

    due_ms: int


def before_attempt(entry: Entry, policy: Policy, now_ms: int) -> Condition | None:
    """Return why an event that is due is given up without another attempt, None if it is tried."""
    if policy.is_off:
        return "ZeroReservedConcurrency"
    return "EventAgeExceeded" if now_ms >= _expires_ms(entry, policy) else None


def after_function_error(entry: Entry, policy: Policy, now_ms: int) -> Again | Condition:
    """Decide after an attempt that failed in the function; `entry` counts it already."""
    if entry.attempts > policy.retries:
        return "RetriesExhausted"
    wait_ms = RETRY_AFTER_MS[min(entry.attempts, len(RETRY_AFTER_MS)) - 1]
    return _ahead(entry, policy, now_ms + wait_ms)


def after_refusal(entry: Entry, policy: Policy, now_ms: int) -> Again | Condition:
    """Decide after a throttle or a system error, which are no attempts; `entry` counts it among the backoffs already."""
    wait_ms = min(FIRST_BACKOFF_MS << min(entry.backoffs - 1, 16), LONGEST_BACKOFF_MS)
    return _ahead(entry, policy, now_ms + wait_ms)


def _ahead(entry: Entry, policy: Policy, due_ms: int) -> Again | Condition:
    return "EventAgeExceeded" if due_ms >= _expires_ms(entry, policy) else Again(due_ms)


def _expires_ms(entry: Entry, policy: Policy) -> int:
    return entry.event.accepted_ms + policy.age_s * 1000
