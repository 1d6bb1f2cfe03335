"""The speed limit of streamed responses."""

from __future__ import annotations

import pytest

from workbench.engine.invocation.bandwidth import StreamBandwidth
from workbench.model.quotas import STREAM_BURST_BYTES, STREAM_RATE_BYTES_PER_S


def test_a_burst_is_free_and_the_rest_is_slow() -> None:
    bandwidth = StreamBandwidth(100.0)
    assert bandwidth.spend(STREAM_BURST_BYTES, 100.0) == 0.0
    assert bandwidth.spend(STREAM_RATE_BYTES_PER_S, 100.0) == pytest.approx(1.0)
    assert bandwidth.spend(STREAM_RATE_BYTES_PER_S, 101.0) == pytest.approx(1.0)


def test_a_pause_fills_the_bucket_and_no_more_than_that() -> None:
    bandwidth = StreamBandwidth(0.0)
    assert bandwidth.spend(STREAM_BURST_BYTES, 0.0) == 0.0
    assert bandwidth.spend(STREAM_BURST_BYTES, 1_000.0) == 0.0
    assert bandwidth.spend(1, 1_000.0) > 0.0
