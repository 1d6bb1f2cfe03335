"""Exact money: the examples of AWS's pricing page and of the documents this project began from."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.function import Architecture
from workbench.model.prices import (
    Cost,
    PriceTable,
    cost_of_invocation,
    decode_prices,
    format_usd,
    monthly_projection,
    provisioned_usd,
)
from workbench.resource_files import resource_path

PRICES = decode_prices(resource_path("prices/lambda.json").read_bytes())


@pytest.fixture
def table() -> PriceTable:
    return PRICES.table("us-east-1")


def month(table: PriceTable, invocations: int, billed_ms: int, memory_mb: int, *, ephemeral_mb: int = 512,
          architecture: Architecture = "x86_64", free_tier: bool = True) -> Cost:
    return monthly_projection(table, invocations=invocations, billed_ms=billed_ms, memory_mb=memory_mb, ephemeral_mb=ephemeral_mb,
                              architecture=architecture, free_tier=free_tier)


def test_example_1_requests_beyond_the_free_million(table: PriceTable) -> None:
    cost = month(table, 3_000_000, 200, 256)
    assert cost.gb_seconds == 150_000
    assert (cost.duration_usd, cost.requests_usd) == (0, Decimal("0.40"))
    assert format_usd(cost.usd) == "$0.40"


def test_example_2_duration_beyond_the_free_gb_seconds(table: PriceTable) -> None:
    cost = month(table, 100_000, 30_000, 1024)
    assert cost.duration_usd == Decimal("43.33342")
    assert cost.requests_usd == 0
    assert format_usd(cost.usd) == "$43.33"


def test_example_3_both(table: PriceTable) -> None:
    cost = month(table, 3_000_000, 120, 1536)
    assert format_usd(cost.duration_usd) == "$2.33"
    assert format_usd(cost.usd) == "$2.73"


def test_example_4_arm_without_free_tier(table: PriceTable) -> None:
    cost = month(table, 5_000_000, 1000, 512, architecture="arm64", free_tier=False)
    assert cost.gb_seconds == 2_500_000
    assert format_usd(cost.duration_usd) == "$33.33"
    assert format_usd(cost.usd) == "$34.33"


def test_example_5_ephemeral_storage(table: PriceTable) -> None:
    cost = month(table, 30_000_000, 300, 1536, ephemeral_mb=5120)
    assert cost.storage_usd == 40_500_000 * Decimal("0.0000000309")
    parts = (cost.storage_usd, cost.duration_usd, cost.requests_usd)
    assert [format_usd(part) for part in parts] == ["$1.25", "$218.33", "$5.80"]


def test_example_7_a_cold_start(table: PriceTable) -> None:
    cost = cost_of_invocation(500, 512, 512, "x86_64", table)
    assert cost.gb_seconds == Decimal("0.25")
    assert cost.duration_usd == Decimal("0.000004166675")
    assert cost.requests_usd == Decimal("0.0000002")
    assert cost.usd == Decimal("0.000004366675")
    assert cost.formula == "1 request × $0.0000002  +  500 ms × 512 MB = 0.25 GB-s × $0.0000166667"


def test_storage_beyond_512_mb_stands_in_the_formula(table: PriceTable) -> None:
    cost = cost_of_invocation(1000, 1024, 1536, "arm64", table)
    assert cost.storage_usd == Decimal("0.0000000309")
    assert cost.formula.endswith("1 GB-s of /tmp × $0.0000000309")
    assert "$0.0000133334" in cost.formula


def test_formula_of_a_month_shows_what_the_free_tier_took(table: PriceTable) -> None:
    assert month(table, 3_000_000, 120, 1536).formula == (
        "(3,000,000 − 1,000,000 free, at least 0) = 2,000,000 requests × $0.20 per million  +  "
        "(540,000 − 400,000 free GB-s, at least 0) = 140,000 GB-s × $0.0000166667")


def test_tiers_of_duration(table: PriceTable) -> None:
    # 20 billion GB-s: 6 at the first price, 9 at the second, 5 at the third.
    cost = month(table, 20_000_000, 1_000_000, 1024, free_tier=False)
    assert cost.gb_seconds == 20_000_000_000
    assert cost.duration_usd == 6 * Decimal("16666.7") + 9 * Decimal("15000") + 5 * Decimal("13333.4")
    assert cost.formula.count("GB-s × $") == 3


def test_arm_has_its_own_tiers(table: PriceTable) -> None:
    cost = month(table, 20_000_000, 1_000_000, 1024, architecture="arm64", free_tier=False)
    expected = Decimal("7.5") * Decimal("13333.4") + Decimal("11.25") * Decimal("12000.1") + Decimal("1.25") * Decimal("10666.7")
    assert cost.duration_usd == expected


@given(st.integers(0, 10**9), st.integers(1, 900_000), st.integers(128, 10_240))
def test_a_month_without_free_tier_is_the_sum_of_its_invocations(invocations: int, billed_ms: int, memory_mb: int) -> None:
    table = PRICES.table("us-east-1")
    one_tier = msgspec.structs.replace(table.duration_tiers["x86_64"][0], size_gb_s=None)
    flat = msgspec.structs.replace(table, duration_tiers={"x86_64": (one_tier,)})
    one = cost_of_invocation(billed_ms, memory_mb, 10_240, "x86_64", flat)
    many = month(flat, invocations, billed_ms, memory_mb, ephemeral_mb=10_240, free_tier=False)
    assert abs(many.usd - one.usd * invocations) < Decimal("1E-9")


def test_a_mean_that_does_not_divide_evenly_is_not_cut_to_a_cent_less(table: PriceTable) -> None:
    mean_ms = Decimal(100) / 3
    cost = monthly_projection(table, invocations=3_000_000, billed_ms=mean_ms, memory_mb=1024, ephemeral_mb=512,
                              architecture="x86_64", free_tier=False)
    assert format_usd(cost.duration_usd - Decimal("0.66667")) == "$1.00"


def test_an_unknown_region_is_an_estimate_that_says_so(table: PriceTable) -> None:
    other = PRICES.table("moon-east-1")
    assert not table.is_estimate
    assert other.is_estimate
    assert "moon-east-1" in other.note
    assert other.duration_tiers == table.duration_tiers


@pytest.mark.parametrize(("region", "per_million", "x86_64", "arm64", "storage"), [
    ("eu-central-1", "0.20", "0.0000166667", "0.0000133334", "0.0000000367"),
    ("af-south-1", "0.27", "0.0000221", "0.00001768", "0.0000000404"),
])
def test_a_region_has_prices_of_its_own(region: str, per_million: str, x86_64: str, arm64: str, storage: str) -> None:
    table = PRICES.table(region)
    assert not table.is_estimate
    assert table.usd_per_million_requests == Decimal(per_million)
    assert table.duration_tiers["x86_64"][0].usd_per_gb_s == Decimal(x86_64)
    assert table.duration_tiers["arm64"][0].usd_per_gb_s == Decimal(arm64)
    assert table.usd_per_storage_gb_s == Decimal(storage)


def test_the_price_file_is_dated_and_names_its_source(table: PriceTable) -> None:
    assert table.effective_date == "2025-10-01"
    assert "price list" in table.source


def test_a_broken_price_file_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_prices(b'{"tables": [{"region": "us-east-1"}]}')


@pytest.mark.parametrize(("usd", "text"), [
    ("0", "$0.00"), ("0.4", "$0.40"), ("2.0415", "$2.04"), ("43.33342", "$43.33"), ("2.999", "$2.99"),
    ("1234567.899", "$1,234,567.89"),
    ("0.0000020534", "$0.00000205"), ("0.0000002", "$0.0000002"), ("0.012345", "$0.0123"), ("0.05", "$0.05"), ("0.1", "$0.10"),
    ("0.099999", "$0.0999"), ("-0.05", "-$0.05"), ("0.9999999999999999999999999999", "$1.00"),
])
def test_format_usd(usd: str, text: str) -> None:
    assert format_usd(Decimal(usd)) == text


def test_example_6_provisioned_concurrency(table: PriceTable) -> None:
    """100 of 1,536 MB for two hours, in which a million invocations run on it for 120 ms each. It has no free tier."""
    usd = provisioned_usd(table, count=100, memory_mb=1_536, duration_s=7_200, architecture="x86_64")
    assert usd is not None
    assert format_usd(usd) == "$4.50"
    one = cost_of_invocation(120, 1_536, 512, "x86_64", table, is_provisioned=True)
    assert 1_000_000 * one.duration_usd == Decimal("1.749996")
    assert one.formula.endswith("0.18 GB-s × $0.0000097222")


def test_provisioned_concurrency_is_billed_in_steps_of_five_minutes(table: PriceTable) -> None:
    def cost(duration_s: int) -> Decimal | None:
        return provisioned_usd(table, count=1, memory_mb=1_024, duration_s=duration_s, architecture="arm64")

    assert cost(1) == cost(300) == 300 * Decimal("0.0000033334")
    assert cost(301) == cost(600) == 600 * Decimal("0.0000033334")


def test_where_its_price_is_not_known_the_usual_one_is_named() -> None:
    table = PRICES.table("eu-central-1")
    assert provisioned_usd(table, count=1, memory_mb=128, duration_s=1, architecture="x86_64") is None
    one = cost_of_invocation(100, 128, 512, "x86_64", table, is_provisioned=True)
    assert one.usd == cost_of_invocation(100, 128, 512, "x86_64", table).usd
    assert one.formula.endswith("(on demand: the price on provisioned concurrency is not known here)")
