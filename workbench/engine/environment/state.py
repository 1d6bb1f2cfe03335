"""The states of an environment and the transitions between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from workbench.model.engine_api import EnvironmentState


class State(Enum):
    """The state of an environment. NEEDS_INIT: it was reset, and its next invocation begins with INIT."""

    CREATING = "creating"
    INITIALIZING = "initializing"
    IDLE = "idle"
    BUSY = "busy"
    NEEDS_INIT = "needs init"
    STOPPED = "stopped"

    __hash__ = object.__hash__  # Enum's is written in Python, and every invocation asks for some

    @property
    def shown(self) -> EnvironmentState:
        """The state as the API names it: one that needs INIT is idle to its callers."""
        return _SHOWN[self]


CREATING, INITIALIZING, IDLE, BUSY, NEEDS_INIT, STOPPED = State
"""By their names: to look one up in its enumeration costs Python 3.11 as much as a call, and every invocation asks for six."""

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.CREATING: frozenset({State.INITIALIZING, State.STOPPED}),
    State.INITIALIZING: frozenset({State.INITIALIZING, State.IDLE, State.NEEDS_INIT, State.STOPPED}),
    State.IDLE: frozenset({State.BUSY, State.NEEDS_INIT, State.STOPPED}),
    State.BUSY: frozenset({State.IDLE, State.NEEDS_INIT, State.STOPPED}),
    State.NEEDS_INIT: frozenset({State.BUSY, State.STOPPED}),
    State.STOPPED: frozenset(),
}
"""The states that may follow each state. The docstring of `environment` draws this table, and a test compares the two."""


class IllegalTransition(Exception):
    """A defect of the engine: the table has no such transition."""


def transition(before: State, after: State) -> State:
    """Return `after`. Raises IllegalTransition when it may not follow `before`."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(f"An environment cannot go from {before.name} to {after.name}.")
    return after


_SHOWN: dict[State, EnvironmentState] = {
    State.CREATING: "creating",
    State.INITIALIZING: "initializing",
    State.IDLE: "idle",
    State.BUSY: "busy",
    State.NEEDS_INIT: "idle",
    State.STOPPED: "stopping",
}
