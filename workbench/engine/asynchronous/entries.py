"""An event with its place in the queue: when it is due, how often it was tried, why it waits."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.engine.asynchronous.events import Attempt, Condition, QueuedEvent, Settled
from workbench.model.lambda_names import Scope

State = Literal["waiting", "asked", "settled"]
"""`asked`: it is older than a person expects at a start, and waits for a decision. `settled`: what is left is its delivery."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One event in the queue. Times are epoch milliseconds of its function's queue clock.

    `attempts` counts those that reached the function, `backoffs` the refusals in a row (throttles, system errors). `why` says
    what the event waits for, or the condition with which it was settled. `last` is what the function answered
    last, or what refused it last if it has not run.
    """

    event: QueuedEvent
    due_ms: int
    durable_name: str = ""
    state: State = "waiting"
    attempts: int = 0
    backoffs: int = 0
    why: str = ""
    last: Attempt | None = None

    @property
    def key(self) -> str:
        """What the event's function is known by in the queue."""
        return function_key(self.event.scope, self.event.function_name)

    def numbered(self, event_id: int) -> Entry:
        """Return it with the number under which it is kept."""
        return msgspec.structs.replace(self, event=msgspec.structs.replace(self.event, event_id=event_id))

    def settled(self, condition: Condition, settled_ms: int) -> Settled:
        """Return what is passed on at the event's end."""
        return Settled(event=self.event, condition=condition, attempts=self.attempts, settled_ms=settled_ms, last=self.last)


def function_key(scope: Scope, name: str) -> str:
    """What a function is known by in the queue: its unqualified ARN."""
    return scope.function_arn(name)


def scope_in(key: str) -> Scope:
    """Return where the function of a key is."""
    _, _, _, region, account, *_ = key.split(":")
    return Scope(region, account)


def name_in(key: str) -> str:
    """Return the function's name in a key, "" for the key of all functions."""
    return key.rpartition(":")[2]
