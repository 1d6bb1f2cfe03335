"""Run the state machine: the same examples each time without a seed, others with one."""

from __future__ import annotations

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.registry_model.machine import RegistryMachine


def run(examples: int, calls: int, with_seed: int | None = None) -> None:
    """Try so many examples of at most so many calls. Raises AssertionError with the shortest one that differs."""
    machine = RegistryMachine if with_seed is None else seed(with_seed)(type("Seeded", (RegistryMachine,), {}))
    run_state_machine_as_test(machine, settings=settings(
        max_examples=examples, stateful_step_count=calls, deadline=None, database=None, derandomize=with_seed is None,
        suppress_health_check=list(HealthCheck)))
