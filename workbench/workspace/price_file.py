"""The price list that ships with the program."""

from __future__ import annotations

from workbench.model.prices import PriceList, PriceTable, decode_prices
from workbench.resource_files import resource_path


def load_prices(region: str) -> PriceTable:
    """Return the prices of a Region; for one that is not in the list, those of another, marked as an estimate."""
    return _price_list().table(region)


def priced_regions() -> tuple[str, ...]:
    """Return the Regions that have prices of their own."""
    return tuple(table.region for table in _price_list().tables)


def _price_list() -> PriceList:
    return decode_prices(resource_path("prices/lambda.json").read_bytes())
