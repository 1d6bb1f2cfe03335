"""What a month of a function would cost: warm and cold starts apart, with provisioned concurrency, and where the money goes.

Source of the prices and of the free tier: `prices`. What runs on provisioned concurrency starts warm; its requests are spread
evenly over the month, which has 730 hours (AWS Pricing Calculator).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from workbench.model.function import Architecture
from workbench.model.prices import (
    Cost,
    PriceTable,
    gb_seconds,
    monthly_projection,
    plain,
    provisioned_usd,
    storage_gb_seconds,
    sum_of,
)

HOURS_A_MONTH = 730
USUAL_COLD_SHARE = Decimal("0.01")
"""Cold starts occur in less than 1 % of invocations in production. Source: Lambda guide, "Cold starts and latency"."""


class MonthPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A month. `warm_ms` and `cold_ms` are billed durations of one invocation, INIT included; `cold_share` is from 0 to 1.

    `provisioned` environments are there for `provisioned_hours` of the month.
    """

    invocations: int
    warm_ms: Decimal
    cold_ms: Decimal
    cold_share: Decimal
    memory_mb: int
    ephemeral_mb: int
    architecture: Architecture
    provisioned: int = 0
    provisioned_hours: int = 0
    free_tier: bool = False

    @property
    def mean_ms(self) -> Decimal:
        """The mean billed duration of what runs on demand."""
        return self.warm_ms + (self.cold_ms - self.warm_ms) * self.cold_share


class Share(msgspec.Struct, frozen=True):
    """A part of the sum: `requests`, `running`, `cold starts`, `storage` or `provisioned`."""

    name: str
    usd: Decimal


class Projection(msgspec.Struct, frozen=True):
    """A month's cost. `shares` are those that are not zero, in a fixed order; `unknown` says what is not in the sum, or ""."""

    shares: tuple[Share, ...]
    formula: str
    unknown: str = ""

    @property
    def usd(self) -> Decimal:
        """The sum in US dollars."""
        return sum((share.usd for share in self.shares), Decimal(0))


def project(table: PriceTable, plan: MonthPlan) -> Projection:
    """Return what a month costs by a Region's prices."""
    on_it = _on_provisioned(table, plan)
    on_demand = plan.invocations - on_it
    # Requests are counted all, durations only of what runs on demand; both have a share of the free tier.
    mean_ms = plan.mean_ms * on_demand / plan.invocations if plan.invocations else Decimal(0)
    cost = monthly_projection(
        table, invocations=plan.invocations, billed_ms=mean_ms, memory_mb=plan.memory_mb, ephemeral_mb=plan.ephemeral_mb,
        architecture=plan.architecture, free_tier=plan.free_tier)
    provisioned, words, unknown = _provisioned(table, plan, on_it)
    stored = storage_gb_seconds(plan.warm_ms * on_it, plan.ephemeral_mb) * table.usd_per_storage_gb_s
    shares = (Share("requests", cost.requests_usd), *_durations(cost, plan), Share("storage", cost.storage_usd + stored),
              Share("provisioned", provisioned))
    return Projection(tuple(share for share in shares if share.usd), sum_of(cost.formula, words), unknown)


def _durations(cost: Cost, plan: MonthPlan) -> tuple[Share, Share]:
    """Divide the price of durations: what all would cost warm, and what cold starts add."""
    warm = min(plan.warm_ms / plan.mean_ms, Decimal(1)) if plan.mean_ms else Decimal(1)
    running = cost.duration_usd * warm
    return Share("running", running), Share("cold starts", cost.duration_usd - running)


def _on_provisioned(table: PriceTable, plan: MonthPlan) -> int:
    """Return how many invocations run on provisioned concurrency: those of its hours, as many as it can run."""
    if not plan.provisioned or plan.architecture not in table.provisioned:
        return 0
    arriving = plan.invocations * plan.provisioned_hours // HOURS_A_MONTH
    if not plan.warm_ms:
        return arriving
    return min(arriving, int(plan.provisioned * plan.provisioned_hours * 3_600_000 / plan.warm_ms))


def _provisioned(table: PriceTable, plan: MonthPlan, on_it: int) -> tuple[Decimal, str, str]:
    """Return what provisioned concurrency costs and what runs on it, the words of the formula, and what is not known."""
    duration_s = plan.provisioned_hours * 3_600
    having = provisioned_usd(table, count=plan.provisioned, memory_mb=plan.memory_mb, duration_s=duration_s,
                             architecture=plan.architecture)
    if not plan.provisioned or not duration_s:
        return Decimal(0), "", ""
    if having is None:
        return Decimal(0), "", f"The price of provisioned concurrency in {table.region} is not known here: it is not in the sum."
    prices, used = table.provisioned[plan.architecture], gb_seconds(plan.warm_ms * on_it, plan.memory_mb)
    had = plan.provisioned * gb_seconds(duration_s * 1_000, plan.memory_mb)
    words = sum_of(f"{plain(had)} GB-s provisioned × ${plain(prices.usd_per_gb_s)}",
                   f"{on_it:,} invocations on it = {plain(used)} GB-s × ${plain(prices.usd_per_duration_gb_s)}")
    return having + used * prices.usd_per_duration_gb_s, words, ""
