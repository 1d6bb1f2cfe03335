"""Figures that stand beside each other have one unit and one precision."""

from __future__ import annotations

import re

import pytest

from tests.support.event_builders import EventStream
from workbench.gui.panels.invocation_words import duration, figures, milliseconds
from workbench.gui.panels.result.figure_words import figures_of
from workbench.gui.panels.timeline.durations import long_words
from workbench.gui.panels.timeline.timeline_kinds import short_ms
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


@pytest.mark.parametrize(("duration_ms", "text"), [
    (99.94, "99.9 ms"), (99.96, "100 ms"), (999.4, "999 ms"), (999.6, "1.00 s")])
def test_a_duration_is_never_rounded_to_a_thousand_milliseconds(duration_ms: float, text: str) -> None:
    """A timeout of one second was "timed out 1000 ms" or "1.00 s", as a hundredth of a millisecond decided."""
    assert duration(duration_ms) == text
    assert milliseconds(99.96) == "100 ms"
    assert [long_words(each) for each in (999.4, 999.6, 1_000.0)] == ["999 ms", "1.0 s", "1.0 s"]
    assert [short_ms(each) for each in (9.94, 9.96, 999.4, 999.6)] == ["9.9", "10", "999", "1.00 s"]
