"""Availability Zone ids as AWS forms them."""

from __future__ import annotations

import pytest

from workbench.engine.lifecycle.zones import zone_id


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", "use1-az1"), ("eu-central-1", "euc1-az1"), ("ap-southeast-2", "apse2-az1"), ("ap-northeast-1", "apne1-az1"),
        ("us-gov-west-1", "usgw1-az1"), ("sa-east-1", "sae1-az1"),
    ],
)
def test_zone_ids(region: str, expected: str) -> None:
    assert zone_id(region) == expected
