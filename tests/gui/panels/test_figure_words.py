"""Figures that stand beside each other have one unit and one precision."""

from __future__ import annotations

import re

import pytest

from tests.support.event_builders import EventStream
from workbench.gui.panels.invocation_words import figures
from workbench.gui.panels.result.figure_words import figures_of
from workbench.state.invocation import fold_invocation


@pytest.mark.parametrize("duration_ms", [1_005.4, 9_999.6, 12_345.6])
def test_the_duration_does_not_contradict_the_billed_one(duration_ms: float) -> None:
    stream = EventStream()
    stream.cold_success()
    stream.warm_success("r", duration_ms=duration_ms)
    invocation = fold_invocation(stream.events, "r")
    assert invocation.metrics is not None
    duration, _, billed, *_ = figures_of(invocation)
    assert (duration.unit, billed.unit) == ("ms", "ms")
    assert 0 <= int(billed.value.replace(",", "")) - int(duration.value.replace(",", "")) <= 1
    assert re.findall(r"([\d,.]+) ms", figures(invocation)) == [duration.value, billed.value]
