"""What a session would have cost on Lambda, and what a month of it would cost: sums over the billed figures of REPORT."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from workbench.model.function import Architecture, FunctionConfiguration
from workbench.model.prices import Cost, PriceTable, cost_of_invocation
from workbench.model.projection import USUAL_COLD_SHARE, MonthPlan
from workbench.state.invocation import Invocation

MILLION = 1_000_000


class Pricing:
    """A Region's prices, plus what the stream does not say about a function: its architecture and size of /tmp.

    An unknown function is priced with Lambda's defaults, x86_64 and 512 MB.
    """

    def __init__(self, table: PriceTable, functions: Iterable[FunctionConfiguration] = ()) -> None:
        self.table = table
        self._functions: dict[str, FunctionConfiguration] = {}
        self.set_functions(functions)

    def set_functions(self, functions: Iterable[FunctionConfiguration]) -> None:
        """Replace the known functions with these, as currently configured."""
        self._functions = {function.name: function for function in functions}

    def architecture(self, function_name: str) -> Architecture:
        """Return the architecture that a function is billed for."""
        function = self._functions.get(function_name)
        return function.architecture if function else "x86_64"

    def ephemeral_mb(self, function_name: str) -> int:
        """Return the size of /tmp in MB that a function is billed for."""
        function = self._functions.get(function_name)
        return function.ephemeral_storage_mb if function else 512

    def cost_of(self, invocation: Invocation) -> Cost | None:
        """Return what one invocation would have cost; None before its report."""
        metrics = invocation.metrics
        if metrics is None:
            return None
        name = invocation.function_name
        # Memory as REPORT has it and not as configured now: the setting may have changed since.
        return cost_of_invocation(
            metrics.billed_duration_ms, metrics.memory_size_mb, self.ephemeral_mb(name), self.architecture(name), self.table,
            is_provisioned=invocation.concurrency == "provisioned", is_restored=metrics.restore_duration_ms is not None)

    def plan_of(self, function_name: str, totals: FunctionTotals) -> MonthPlan | None:
        """Return a month as it was measured, of a million invocations; None if nothing was measured.

        Where there was no cold start, one is taken for a warm one; where there was nothing else, what of it was not INIT is.
        """
        if not totals.invocations:
            return None
        warm_ms, cold_ms = totals.warm_ms, totals.cold_ms
        if warm_ms is None:
            warm_ms = Decimal(totals.cold_run_ms) / totals.cold_starts
        return MonthPlan(
            invocations=MILLION, warm_ms=warm_ms, cold_ms=warm_ms if cold_ms is None else cold_ms,
            cold_share=USUAL_COLD_SHARE, memory_mb=totals.memory_mb, ephemeral_mb=self.ephemeral_mb(function_name),
            architecture=self.architecture(function_name))


class FunctionTotals(msgspec.Struct):
    """Sums over reported invocations. `memory_mb` is the latest one's; GB-s are billed seconds × memory in GB.

    `cold_billed_ms` is what was billed for cold starts, `cold_run_ms` what of that was not INIT.
    """

    invocations: int = 0
    cold_starts: int = 0
    errors: int = 0
    billed_ms: int = 0
    cold_billed_ms: int = 0
    cold_run_ms: int = 0
    gb_seconds: Decimal = Decimal(0)
    usd: Decimal = Decimal(0)
    memory_mb: int = 0

    def add(self, invocation: Invocation) -> None:
        """Count one invocation; ignored if it has no report yet."""
        metrics = invocation.metrics
        if metrics is None:
            return
        self.invocations += 1
        self.cold_starts += invocation.is_cold
        self.errors += invocation.status in ("error", "timeout")
        self.billed_ms += metrics.billed_duration_ms
        if invocation.is_cold:
            self.cold_billed_ms += metrics.billed_duration_ms
            self.cold_run_ms += math.ceil(metrics.duration_ms)
        self.memory_mb = metrics.memory_size_mb
        if invocation.cost is not None:
            self.gb_seconds += invocation.cost.gb_seconds
            self.usd += invocation.cost.usd


    @property
    def warm_ms(self) -> Decimal | None:
        """The mean billed duration of a warm invocation; None if there was none."""
        warm = self.invocations - self.cold_starts
        return Decimal(self.billed_ms - self.cold_billed_ms) / warm if warm else None

    @property
    def cold_ms(self) -> Decimal | None:
        """The mean billed duration of a cold start, INIT included; None if there was none."""
        return Decimal(self.cold_billed_ms) / self.cold_starts if self.cold_starts else None


class SessionCosts:
    """Totals since the session began, for all functions together and for each. Without `pricing`, only durations are counted.

    Invocations that a debugger could stop count as `debugged`, those that the person broke off as `cancelled`; neither is in any
    total, because their durations say nothing of the function's.
    """

    def __init__(self, pricing: Pricing | None = None) -> None:
        self.pricing = pricing
        self.total = FunctionTotals()
        self.debugged = 0
        self.cancelled = 0
        self._by_function: dict[str, FunctionTotals] = {}

    def price(self, invocation: Invocation) -> None:
        """Set the cost of an invocation whose report has just arrived."""
        if self.pricing is not None:
            invocation.cost = self.pricing.cost_of(invocation)

    def add(self, invocation: Invocation) -> None:
        """Add an invocation to the totals, at the cost it has."""
        if invocation.is_debugged:
            self.debugged += 1
            return
        if invocation.was_cancelled:
            self.cancelled += 1
            return
        self.total.add(invocation)
        self._by_function.setdefault(invocation.function_name, FunctionTotals()).add(invocation)

    def of_function(self, function_name: str) -> FunctionTotals:
        """Return the totals of one function; all zero for one that has not been invoked."""
        return self._by_function.get(function_name, FunctionTotals())
