"""The figures of an invocation as the strip shows them: a large value, its unit, and what it was before."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from workbench.gui.panels.invocation_words import milliseconds
from workbench.model.prices import format_usd
from workbench.state.invocation import Invocation

TITLES = ("Duration", "Init", "Billed", "Memory", "Cost / 1M")
USUAL = {"Duration": "999.9 ms", "Init": "99.9 ms", "Billed": "9,999 ms", "Memory": "128 / 1,024 MB", "Cost / 1M": "$88.88"}
"""Values of a usual width."""
NONE = "–"
_MILLION = Decimal(1_000_000)


class Figure(NamedTuple):
    """A value and its unit, `–` and "" while it is not known; `exact` is the same in full, for a tool tip."""

    value: str = NONE
    unit: str = ""
    exact: str = ""

    @property
    def text(self) -> str:
        """Value and unit."""
        return f"{self.value} {self.unit}".strip()


def figures_of(invocation: Invocation | None) -> tuple[Figure, ...]:
    """Return the figures in the order of TITLES."""
    metrics = invocation.metrics if invocation is not None else None
    if invocation is None or metrics is None:
        return (Figure(),) * len(TITLES)
    return (
        _time(metrics.duration_ms), _init(invocation), Figure(f"{metrics.billed_duration_ms:,}", "ms"),
        Figure(f"{metrics.max_memory_used_mb:,}", f"/ {metrics.memory_size_mb:,} MB"), _cost(invocation))


def running_figures(elapsed_ms: float) -> tuple[Figure, ...]:
    """Return those of an invocation that is still running: only the time counts, in tenths of a second."""
    return (Figure(f"{elapsed_ms / 1_000:.1f}", "s"), *(Figure(),) * (len(TITLES) - 1))


def _time(value_ms: float) -> Figure:
    value, _, unit = milliseconds(value_ms).partition(" ")
    return Figure(value, unit, f"{value_ms:,.2f} ms")


def _init(invocation: Invocation) -> Figure:
    metrics = invocation.metrics
    if metrics is None:
        return Figure()
    if metrics.restore_duration_ms is not None:  # of a snapshot, in place of INIT
        restored = _time(metrics.restore_duration_ms)
        return restored._replace(unit=f"{restored.unit} restore")
    return Figure() if metrics.init_duration_ms is None else _time(metrics.init_duration_ms)


def _cost(invocation: Invocation) -> Figure:
    if invocation.cost is None:
        return Figure()
    one, million = map(format_usd, (invocation.cost.usd, invocation.cost.usd * _MILLION))
    return Figure(million, "", f"{one} for this one, {million} for a million of them")
