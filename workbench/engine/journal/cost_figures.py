"""What an invocation costs, in SQL over its row of the index: request and duration at the first tier's prices."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from workbench.model.prices import PriceTable

_ARM = ("circumstance IN (SELECT c.id FROM circumstances c JOIN deployments d ON d.name = c.deployment "
        "WHERE d.architecture = 'arm64')")
_SLACK = 1e-9
"""Two ways to the same figure differ by so little."""


class CostInSql(msgspec.Struct, frozen=True):
    """Expressions for US dollars: of an invocation, and the least and the most that one of a stretch costs."""

    exact: str = "0"
    least: str = "0"
    most: str = "0"


NO_COST = CostInSql()


def cost_in_sql(prices: PriceTable) -> CostInSql:
    """Return them. An invocation whose architecture was not noted counts as x86_64."""
    both = [prices.duration_tiers[kind][0].usd_per_gb_s for kind in ("x86_64", "arm64")]
    x86, arm, request = *map(_number, both), _number(prices.usd_per_request)
    gb_seconds = "billed_ms / 1000.0 * memory_mb / 1024.0"
    return CostInSql(
        exact=f"({request} + {gb_seconds} * CASE WHEN {_ARM} THEN {arm} ELSE {x86} END)",
        least=f"({request} + least_mb_ms / 1024000.0 * {_number(min(both))}) * {1 - _SLACK}",
        most=f"({request} + most_mb_ms / 1024000.0 * {_number(max(both))}) * {1 + _SLACK}")


def _number(value: Decimal) -> str:
    return f"{value:.15f}"
