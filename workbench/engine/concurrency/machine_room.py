"""Whether this machine has room for one more execution environment: by number, and by the memory that they may take.

By number: as the settings say, or so many for each core. By memory: what is measured to be available, without what the running
environments may still take of it; or what the settings give to all environments together, counted by their sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from workbench.engine.concurrency.machine_figures import MemoryFigures, measured_memory, usable_cores
from workbench.engine.concurrency.machine_memory import Planned, may_use_mb
from workbench.engine.environment.state import State
from workbench.model.engine_api import Settings

ENVIRONMENTS_PER_CORE = 50
"""How many environments run for each core unless the settings say otherwise: most wait for something else most of the time."""
LEAST_MB = 512
"""Measured memory that must be available for who has waited PATIENCE_S for more, in MB."""
_CURE = "Raise --machine-memory (Memory for environments in the settings), or stop environments or other programs."
_AT_REST = frozenset({State.IDLE, State.NEEDS_INIT, State.STOPPED})


class Measurable(Planned, Protocol):
    """The part of an environment that this module needs."""

    @property
    def state(self) -> State: ...  # noqa: D102 - whether it runs
    def memory_peak_mb(self) -> float: ...  # noqa: D102 - what it has taken so far, in MB


class Lack(NamedTuple):
    """Why there is no room, as a clause, and what a person can do about it, as a sentence. `is_measured`: by measured memory."""

    clause: str
    cure: str = ""
    is_measured: bool = False


class Want(NamedTuple):
    """A wish for one more environment: what it may take, in MB, and whether it has waited for long."""

    memory_mb: int
    is_impatient: bool = False


class MachineRoom:
    """Compares. `limit`: environments at a time. `budget_mb`: memory for all of them, 0 for what is measured.

    Use it on the engine's loop. `measure` returns the memory of this machine; `cores` is how many it has.
    """

    def __init__(self, measure: Callable[[], MemoryFigures] = measured_memory, cores: int = 0) -> None:
        self._measure = measure
        self._by_cores = ENVIRONMENTS_PER_CORE * (cores or usable_cores())
        self._is_by_cores = True
        self.budget_mb = 0
        self.limit = self._by_cores

    def follow(self, settings: Settings) -> None:
        """Have the limits of these settings."""
        self._is_by_cores = not settings.machine_environments
        self.limit = settings.machine_environments or self._by_cores
        self.budget_mb = settings.machine_memory_mb

    @property
    def at_most(self) -> str:
        """The limit by number, as a sentence."""
        why = f"{ENVIRONMENTS_PER_CORE} for each core" if self._is_by_cores else "as the workspace's settings say"
        return f"This machine runs at most {self.limit} execution environments at a time, {why}."

    def cannot_hold(self, claim: tuple[int, int], others: tuple[int, int]) -> str:
        """Return why so many environments and MB cannot be kept beside those of others, "" if they can."""
        count, memory_mb = claim
        beside = f" {others[0]} are provisioned for others." if others[0] else ""
        if count + others[0] > self.limit:
            return f"{self.at_most} {count} are requested.{beside}"
        total_mb = self.budget_mb or self._measure().total_mb
        if memory_mb + others[1] > total_mb:
            return (f"This machine has {total_mb:,.0f} MB for execution environments. {count} are requested, which may take "
                    f"{memory_mb:,} MB.{beside}")
        return ""

    def figures(self, environments: Sequence[Planned]) -> MemoryFigures:
        """Return all memory that there is for environments, and what none of them has yet, in MB."""
        if not self.budget_mb:
            return self._measure()
        return MemoryFigures(self.budget_mb, self.budget_mb - sum(map(may_use_mb, environments)))

    def lacks_memory(self, environments: Sequence[Measurable], promised: Sequence[int], want: Want) -> Lack | None:
        """Return why the memory does not suffice beside these environments, None if it does.

        `promised`: the sizes of environments that are about to be made. Somebody who has waited for long gets what is really
        available: functions that invoke each other would otherwise wait for each other.
        """
        total_mb, free_mb = self.figures(environments)
        if want.is_impatient and not self.budget_mb and free_mb >= min(want.memory_mb, LEAST_MB):
            return None
        running = [each for each in environments if self.budget_mb or each.state not in _AT_REST]
        sizes = [*map(may_use_mb, running), *promised]
        free_mb -= sum(promised)
        if not self.budget_mb:
            free_mb -= _may_still_take_mb(running, free_mb - want.memory_mb)
        if free_mb >= want.memory_mb:
            return None
        clause = _clause(sizes, max(free_mb, 0), total_mb, want.memory_mb)
        return Lack(clause, _CURE, is_measured=not self.budget_mb)


def _may_still_take_mb(environments: Sequence[Measurable], spare_mb: float) -> float:
    """Return what they may take beyond what they have. What they have is read only if it matters: it takes a while."""
    most_mb = sum(map(may_use_mb, environments))
    if most_mb <= spare_mb:
        return most_mb
    return sum(max(may_use_mb(each) - each.memory_peak_mb(), 0) for each in environments)


def _clause(sizes: Sequence[int], free_mb: float, total_mb: float, wanted_mb: int) -> str:
    if not sizes:
        return f"{free_mb:,.0f} MB of {total_mb:,.0f} MB are available for one of {wanted_mb:,} MB"
    of = f"{sizes[0]:,} MB" if len(set(sizes)) == 1 else f"{sum(sizes):,} MB together"
    those = f"1 execution environment of {of} leaves" if len(sizes) == 1 else f"{len(sizes)} execution environments of {of} leave"
    return f"{those} {free_mb:,.0f} MB of {total_mb:,.0f} MB for one of {wanted_mb:,} MB"
