"""The transition table of an environment: every pair of states, and the drawing that explains it."""

from __future__ import annotations

from itertools import product

import pytest

from workbench.engine.environment import environment
from workbench.engine.environment.state import TRANSITIONS, IllegalTransition, State, transition


@pytest.mark.parametrize(("before", "after"), list(product(State, State)), ids=lambda state: state.name)
def test_what_is_not_in_the_table_raises(before: State, after: State) -> None:
    if after in TRANSITIONS[before]:
        assert transition(before, after) is after
    else:
        with pytest.raises(IllegalTransition, match=f"from {before.name} to {after.name}"):
            transition(before, after)


def test_the_drawing_is_the_table() -> None:
    lines = [line.strip() for line in (environment.__doc__ or "").splitlines() if line.startswith("    ")]
    drawn = {State[before.strip()]: frozenset(State[name] for name in after.split(", ") if name)
             for before, _, after in (line.partition(" -> ") for line in lines)}
    assert drawn == TRANSITIONS


def test_every_state_is_reached_and_all_of_them_can_be_stopped() -> None:
    reached, waiting = {State.CREATING}, [State.CREATING]
    while waiting:
        new = TRANSITIONS[waiting.pop()] - reached
        reached |= new
        waiting += new
    assert reached == set(State)
    assert all(State.STOPPED in after for before, after in TRANSITIONS.items() if before is not State.STOPPED)
