"""A month with cold starts and provisioned concurrency, by the prices of AWS's own examples."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.prices import decode_prices, format_usd
from workbench.model.projection import HOURS_A_MONTH, MonthPlan, project
from workbench.resource_files import resource_path

PRICES = decode_prices(resource_path("prices/lambda.json").read_bytes())
TABLE = PRICES.table("us-east-1")
ONE = Decimal(1)


def plan(**changes: object) -> MonthPlan:
    given: dict[str, object] = {
        "invocations": 3_000_000, "warm_ms": Decimal(120), "cold_ms": Decimal(120), "cold_share": Decimal(0), "memory_mb": 1_536,
        "ephemeral_mb": 512, "architecture": "x86_64", "free_tier": True}
    return MonthPlan(**{**given, **changes})  # type: ignore[arg-type]


def test_without_cold_starts_it_is_the_example_of_the_pricing_page() -> None:
    """Lambda pricing, "Mobile application backend": 3 million requests of 120 ms at 1,536 MB are $2.33 and $0.40."""
    month = project(TABLE, plan())
    assert {share.name: format_usd(share.usd) for share in month.shares} == {"requests": "$0.40", "running": "$2.33"}
    assert format_usd(month.usd) == "$2.73"


def test_cold_starts_cost_what_they_take_longer() -> None:
    month = project(TABLE, plan(cold_ms=Decimal(240), cold_share=Decimal("0.5"), free_tier=False))
    shares = {share.name: share.usd for share in month.shares}
    assert shares["cold starts"] * 2 == pytest.approx(shares["running"])


def test_a_cold_start_that_is_billed_less_than_a_warm_one_takes_nothing_off() -> None:
    month = project(TABLE, plan(cold_ms=Decimal(60), cold_share=ONE, free_tier=False))
    assert [share.name for share in month.shares] == ["requests", "running"]


def test_the_example_of_provisioned_concurrency() -> None:
    """Lambda pricing: 100 of 1,536 MB; here for all hours, so that all requests run on it, and none of it is free."""
    month = project(TABLE, plan(provisioned=100, provisioned_hours=HOURS_A_MONTH))
    having = 100 * Decimal("1.5") * HOURS_A_MONTH * 3_600 * Decimal("0.0000041667")
    using = 3_000_000 * Decimal("0.12") * Decimal("1.5") * Decimal("0.0000097222")
    assert {share.name: share.usd for share in month.shares} == {"requests": Decimal("0.40"), "provisioned": having + using}
    assert "3,000,000 invocations on it" in month.formula


def test_what_does_not_fit_on_provisioned_concurrency_runs_on_demand() -> None:
    busy = plan(invocations=1_000_000_000, warm_ms=Decimal(10_000), provisioned=1, provisioned_hours=10)
    on_it = 10 * 3_600_000 // 10_000
    assert f"{on_it:,} invocations on it" in project(TABLE, busy).formula


def test_a_price_that_is_not_known_is_not_in_the_sum() -> None:
    month = project(PRICES.table("eu-central-1"), plan(provisioned=1, provisioned_hours=1))
    assert month.unknown == "The price of provisioned concurrency in eu-central-1 is not known here: it is not in the sum."
    assert month.usd == project(PRICES.table("eu-central-1"), plan()).usd


@given(st.integers(0, 10**9), st.integers(1, 900_000), st.integers(1, 900_000), st.integers(0, 100), st.integers(0, 50),
       st.integers(0, HOURS_A_MONTH), st.booleans())
def test_shares_add_up_and_are_never_negative(
    invocations: int, warm_ms: int, cold_ms: int, percent: int, provisioned: int, hours: int, free: bool
) -> None:
    month = project(TABLE, plan(
        invocations=invocations, warm_ms=Decimal(warm_ms), cold_ms=Decimal(cold_ms), cold_share=Decimal(percent) / 100,
        ephemeral_mb=1_024, provisioned=provisioned, provisioned_hours=hours, free_tier=free))
    assert all(share.usd > 0 for share in month.shares)
    assert month.usd == sum((share.usd for share in month.shares), Decimal(0))
