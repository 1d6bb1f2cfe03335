"""What invocations cost: Lambda's on-demand prices as data, and exact decimal arithmetic over them.

Source of the rules: AWS Lambda pricing page and Lambda guide. Duration is billed per started millisecond (initialization
included since 1 August 2025), GB = memory / 1,024 MB, storage counts beyond 512 MB; money is never rounded per invocation.
No I/O: callers read the price file (`prices/lambda.json` in the resources) and pass its bytes to `decode_prices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import msgspec

from workbench.model.function import Architecture

FREE_STORAGE_MB = 512
"""The size of /tmp that is free. Source: Lambda pricing, "Ephemeral storage"."""

PROVISIONED_PERIOD_S = 300
"""Provisioned concurrency is billed from when it is configured until it ends, rounded up to this. Source: Lambda pricing."""

DEFAULT_REGION = "us-east-1"
"""The Region whose prices are used as an estimate for Regions that are not in the list."""


class DurationTier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price per GB-second for the next `size_gb_s` of a month; None means for all the rest."""

    usd_per_gb_s: Decimal
    size_gb_s: Decimal | None = None


class FreeTier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is free in each month, for both architectures together."""

    requests: Decimal
    gb_s: Decimal


class ProvisionedPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices per GB-second of provisioned concurrency: for having it, and for the duration of what runs on it.

    Source: Lambda pricing, "Provisioned Concurrency Pricing". There is no free tier for them.
    """

    usd_per_gb_s: Decimal
    usd_per_duration_gb_s: Decimal


class SnapStartPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices of snapshots in Python and .NET: for each restore, per GB of memory, and per GB-second for keeping one.

    Source: Lambda pricing, "SnapStart Pricing". A snapshot is kept for as long as its version is active, at least three hours.
    """

    usd_per_restored_gb: Decimal
    usd_per_cached_gb_s: Decimal


class PriceTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The prices of one Region in US dollars. `is_estimate`: they are another Region's, as `note` says.

    `provisioned` is empty where the prices of provisioned concurrency are not known, `snap_start` None where those are not.
    """

    region: str
    usd_per_million_requests: Decimal
    usd_per_storage_gb_s: Decimal
    duration_tiers: Mapping[Architecture, tuple[DurationTier, ...]]
    free_tier: FreeTier
    effective_date: str
    source: str
    note: str = ""
    is_estimate: bool = False
    provisioned: Mapping[Architecture, ProvisionedPrices] = {}
    snap_start: SnapStartPrices | None = None

    @property
    def usd_per_request(self) -> Decimal:
        """The price of one request in US dollars."""
        return self.usd_per_million_requests / 1_000_000


class PriceList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The price tables of all known Regions."""

    tables: tuple[PriceTable, ...]

    def table(self, region: str) -> PriceTable:
        """Return the prices of a Region; for one that is not listed, those of us-east-1, marked as an estimate."""
        tables = {table.region: table for table in self.tables}
        if region in tables:
            return tables[region]
        note = f"No prices are known for {region}: figures are those of {DEFAULT_REGION}. Other Regions may cost more."
        return msgspec.structs.replace(tables[DEFAULT_REGION], is_estimate=True, note=note)


def decode_prices(document: bytes) -> PriceList:
    """Decode the price file. Raises msgspec.DecodeError if it is not one."""
    return msgspec.json.decode(document, type=PriceList)


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """A sum with its parts and the formula behind it. `gb_seconds` is the duration used, before any free tier."""

    requests_usd: Decimal
    duration_usd: Decimal
    storage_usd: Decimal
    gb_seconds: Decimal
    formula: str
    restore_usd: Decimal = Decimal(0)

    @property
    def usd(self) -> Decimal:
        """The total in US dollars."""
        return self.requests_usd + self.duration_usd + self.storage_usd + self.restore_usd


def gb_seconds(billed_ms: Decimal | int, memory_mb: int) -> Decimal:
    """Return memory in GB times billed time in seconds."""
    return Decimal(memory_mb) * billed_ms / (1_024 * 1_000)


def storage_gb_seconds(billed_ms: Decimal | int, ephemeral_mb: int) -> Decimal:
    """Return the part of /tmp beyond the free 512 MB, in GB times seconds."""
    return gb_seconds(billed_ms, max(ephemeral_mb - FREE_STORAGE_MB, 0))


def provisioned_usd(
    table: PriceTable, *, count: int, memory_mb: int, duration_s: int, architecture: Architecture
) -> Decimal | None:
    """Return what it costs to have provisioned concurrency for this long, rounded up to five minutes; None if that is unknown.

    What runs on it costs requests and duration besides.
    """
    prices = table.provisioned.get(architecture)
    if prices is None:
        return None
    periods = -(-duration_s // PROVISIONED_PERIOD_S)
    return count * gb_seconds(periods * PROVISIONED_PERIOD_S * 1_000, memory_mb) * prices.usd_per_gb_s


def cost_of_invocation(
    billed_ms: int, memory_mb: int, ephemeral_mb: int, architecture: Architecture, table: PriceTable, *,
    is_provisioned: bool = False, is_restored: bool = False,
) -> Cost:
    """Return what one invocation costs at the first tier's price, without the free tier.

    `is_provisioned`: it ran on provisioned concurrency, whose duration is cheaper; having it is not in the sum. Where that price
    is not known, the formula says that the usual one is taken. `is_restored`: its environment was restored from a snapshot, whose
    keeping is not in the sum. Where the price of that is not known, the formula says that it is missing.
    """
    used, stored = gb_seconds(billed_ms, memory_mb), storage_gb_seconds(billed_ms, ephemeral_mb)
    provisioned = table.provisioned.get(architecture) if is_provisioned else None
    price = provisioned.usd_per_duration_gb_s if provisioned else table.duration_tiers[architecture][0].usd_per_gb_s
    restored_gb = Decimal(memory_mb) / 1_024 if is_restored else Decimal(0)
    unknown = " (on demand: the price on provisioned concurrency is not known here)" if is_provisioned and not provisioned else ""
    return Cost(
        requests_usd=table.usd_per_request,
        duration_usd=used * price,
        storage_usd=stored * table.usd_per_storage_gb_s,
        gb_seconds=used,
        formula=sum_of(f"1 request × ${plain(table.usd_per_request)}",
                       f"{billed_ms:,} ms × {memory_mb:,} MB = {plain(used)} GB-s × ${plain(price)}{unknown}",
                       _storage_part(stored, table), _restore_part(restored_gb, table)),
        restore_usd=restored_gb * table.snap_start.usd_per_restored_gb if table.snap_start is not None else Decimal(0),
    )


def monthly_projection(
    table: PriceTable,
    *,
    invocations: int,
    billed_ms: Decimal | int,
    memory_mb: int,
    ephemeral_mb: int,
    architecture: Architecture,
    free_tier: bool,
) -> Cost:
    """Return what a month of `invocations` costs at a mean of `billed_ms` each, through the duration tiers.

    The free tier is deducted from requests and GB-seconds before the tiers apply; storage has none. Tiers apply to a whole
    account, so the figure holds only if nothing else runs in it.
    """
    used, stored = gb_seconds(billed_ms * invocations, memory_mb), storage_gb_seconds(billed_ms * invocations, ephemeral_mb)
    free = table.free_tier if free_tier else FreeTier(Decimal(0), Decimal(0))
    billable_requests = max(invocations - free.requests, Decimal(0))
    shares = _shares(max(used - free.gb_s, Decimal(0)), table.duration_tiers[architecture])
    return Cost(
        requests_usd=billable_requests * table.usd_per_request,
        duration_usd=sum((share * price for share, price in shares), Decimal(0)),
        storage_usd=stored * table.usd_per_storage_gb_s,
        gb_seconds=used,
        formula=_monthly_formula(invocations, used, free, billable_requests, shares, _storage_part(stored, table), table),
    )


def _shares(amount_gb_s: Decimal, tiers: tuple[DurationTier, ...]) -> tuple[tuple[Decimal, Decimal], ...]:
    """Return (amount, price) for each tier that the amount reaches; never empty, so that a formula has a price to show."""
    shares = []
    left = amount_gb_s
    for tier in tiers:
        share = left if tier.size_gb_s is None else min(left, tier.size_gb_s)
        shares.append((share, tier.usd_per_gb_s))
        left -= share
    return tuple((share, price) for share, price in shares if share) or ((Decimal(0), tiers[0].usd_per_gb_s),)


def _monthly_formula(
    invocations: int,
    used: Decimal,
    free: FreeTier,
    billable_requests: Decimal,
    shares: tuple[tuple[Decimal, Decimal], ...],
    storage: str,
    table: PriceTable,
) -> str:
    """Write out each price with its multiplier, and how the free tier changed that number if it did."""
    requests = f"{plain(billable_requests)} requests × {format_usd(table.usd_per_million_requests)} per million"
    if free.requests:
        requests = f"({invocations:,} − {plain(free.requests)} free, at least 0) = {requests}"
    durations = [f"{plain(share)} GB-s × ${plain(price)}" for share, price in shares]
    if free.gb_s:
        durations[0] = f"({plain(used)} − {plain(free.gb_s)} free GB-s, at least 0) = {durations[0]}"
    return sum_of(requests, *durations, storage)


def _storage_part(stored_gb_s: Decimal, table: PriceTable) -> str:
    return f"{plain(stored_gb_s)} GB-s of /tmp × ${plain(table.usd_per_storage_gb_s)}" if stored_gb_s else ""


def _restore_part(restored_gb: Decimal, table: PriceTable) -> str:
    if not restored_gb:
        return ""
    prices = table.snap_start
    price = "(its price is not known here)" if prices is None else f"× ${plain(prices.usd_per_restored_gb)}"
    return f"{plain(restored_gb)} GB restored {price}"


def sum_of(*parts: str) -> str:
    """Join the parts of a formula that are there."""
    return "  +  ".join(part for part in parts if part)


def plain(number: Decimal) -> str:
    """Format a number for a formula: thousands separators, no exponent, no trailing zeros, at most ten decimals."""
    text = f"{number.quantize(Decimal('1E-10'), ROUND_HALF_EVEN):,f}"
    return text.rstrip("0").rstrip(".")


def format_usd(usd: Decimal) -> str:
    """Format money for people: whole cents from $0.10 up, three significant digits below; truncated as AWS does, not rounded."""
    # Division leaves a remainder 28 digits down; without this, 0.999... would be cut to 0.99.
    exact = usd.quantize(Decimal("1E-15"), ROUND_HALF_EVEN)
    decimals = 2 if abs(exact) >= Decimal("0.1") or not exact else max(2, 2 - exact.adjusted())
    text = f"{abs(exact).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN):,f}"
    sign = "-" if exact < 0 else ""
    return f"{sign}${_without_needless_zeros(text)}"


def _without_needless_zeros(text: str) -> str:
    """Remove trailing zeros, except those of the cents."""
    whole, decimals = text.split(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
