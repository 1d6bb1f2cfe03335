"""What an invocation costs, in SQL over its row of the index: request and duration at the first tier's prices."""

from __future__ import annotations

from decimal import Decimal

from workbench.model.prices import PriceTable

_ARM = ("circumstance IN (SELECT c.id FROM circumstances c JOIN deployments d ON d.name = c.deployment "
        "WHERE d.architecture = 'arm64')")


def cost_in_sql(prices: PriceTable) -> str:
    """Return an expression for US dollars. An invocation whose architecture was not noted counts as x86_64."""
    x86, arm = (_number(prices.duration_tiers[kind][0].usd_per_gb_s) for kind in ("x86_64", "arm64"))
    gb_seconds = "billed_ms / 1000.0 * memory_mb / 1024.0"
    return f"({_number(prices.usd_per_request)} + {gb_seconds} * CASE WHEN {_ARM} THEN {arm} ELSE {x86} END)"


def _number(value: Decimal) -> str:
    return f"{value:.15f}"
