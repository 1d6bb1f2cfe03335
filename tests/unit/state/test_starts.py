"""Which spans belong to which invocation, and how these stand when they are aligned at their start."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tests.support.event_builders import EPOCH_MS, EventStream
from workbench.state import starts
from workbench.state.aligned_lanes import AlignedLanes
from workbench.state.aligned_view import MOST_ROWS, AlignedView
from workbench.state.lanes import Lane
from workbench.state.span_filter import SpanFilter
from workbench.state.span_kinds import SpanKind
from workbench.state.starts import Begin
from workbench.state.timeline import Timeline
from workbench.state.timeline_view import TimelineView

NOW_MS = EPOCH_MS + 10_000_000.0


class Aligned:
    """A timeline, what is looked at of it, and how its rows stand."""

    def __init__(self, stream: EventStream, capacity: int = 10_000) -> None:
        self.timeline = Timeline(capacity)
        self.clock = TimelineView(self.timeline)
        self.view = AlignedView(self.clock)
        self._lanes = AlignedLanes(self.view)
        self.take(stream)

    def take(self, stream: EventStream) -> None:
        for event in stream.events:
            self.timeline.apply(event)
        stream.events.clear()
        while self.clock.pull() or self.view.pull():
            pass

    @property
    def rows(self) -> list[int]:
        return self.view.rows(NOW_MS)

    def lanes(self) -> list[Lane]:
        return self._lanes.arranged(self.rows)

    def told(self) -> list[tuple[str, str]]:
        """The environment and the start of each row, "idle" and the whole seconds of a rest."""
        return [(lane.name, lane.start) if lane.rows else ("idle", f"{lane.idle_ms / 1_000:.0f}") for lane in self.lanes()]

    def bars(self, request_id: str) -> list[tuple[SpanKind, float, float]]:
        """Kind, start and end of all bars in an invocation's row."""
        row = self.view.starts.number_of(request_id)
        self.view.look_at(row, row)
        found = self.view.between(-1.0, 1e12, 1.0, NOW_MS)
        assert set(found.row.tolist()) == {row}
        columns = zip(found.kind.tolist(), found.start_ms.tolist(), found.end_ms.tolist(), strict=True)
        return [(SpanKind(kind), round(start_ms, 1), round(end_ms, 1)) for kind, start_ms, end_ms in columns]

    def less(self, request_id: str) -> str:
        return self.view.less_words(int(self.timeline.spans_of_request(request_id)[0]))


def test_a_cold_and_a_warm_start_begin_at_0_ms_with_the_rest_between_them():
    stream = EventStream()
    stream.cold_success("cold", "a81f00")
    stream.wait(12_400)
    stream.warm_success("warm", "a81f00", 2.1)
    stream.wait(900)
    stream.warm_success("again", "a81f00", 300.0)
    aligned = Aligned(stream)

    assert aligned.told() == [("a81f", "cold"), ("idle", "12"), ("a81f", "warm"), ("a81f", "warm")]
    assert [lane.repeats for lane in aligned.lanes() if lane.rows] == [False, True, True]
    assert aligned.bars("cold") == [
        (SpanKind.CREATE, 0.0, 30.0), (SpanKind.START, 30.0, 241.0), (SpanKind.RUNTIME_INIT, 241.0, 277.0),
        (SpanKind.FUNCTION_INIT, 277.0, 445.1), (SpanKind.INVOKE, 445.1, 485.9), (SpanKind.OVERHEAD, 485.9, 486.3)]
    assert aligned.bars("warm") == [(SpanKind.INVOKE, 0.0, 2.0), (SpanKind.OVERHEAD, 2.0, 2.1)]
    assert (aligned.less("warm"), aligned.less("again"), aligned.less("cold")) == ("232x less", "1.6x less", "")


def test_concurrent_environments_have_rows_in_the_order_in_which_invocations_began():
    stream = EventStream()
    stream.cold_success("one", "a1a1")
    began_ms = stream.now_ms
    stream.cold_success("two", "b2b2")
    stream.now_ms = began_ms + 100
    stream.warm_success("three", "a1a1", 5.0)
    stream.wait(20_000)
    stream.warm_success("four", "b2b2", 5.0)
    aligned = Aligned(stream)

    assert aligned.told() == [("a1a1", "cold"), ("b2b2", "cold"), ("a1a1", "warm"), ("b2b2", "warm")]
    assert len(aligned.bars("two")) == 6
    assert aligned.bars("three")[0] == (SpanKind.INVOKE, 0.0, 4.9)


@pytest.mark.parametrize(("play", "start", "kind"), [
    (EventStream.crash, "cold", SpanKind.FAILED), (EventStream.timeout, "cold", SpanKind.TIMED_OUT),
    (EventStream.init_failure, "cold", SpanKind.FAILED), (EventStream.raised, "warm", SpanKind.FAILED),
    (EventStream.init_again, "init again", SpanKind.INVOKE)])
def test_every_kind_of_start_and_end_is_a_row(play: Callable[[EventStream, str, str], object], start: str, kind: SpanKind):
    stream = EventStream()
    stream.cold_success("before", "c3c3")
    stream.stop("c3c3", "idle")
    play(stream, "wanted", "d4d4")
    aligned = Aligned(stream)

    assert aligned.told() == [("c3c3", "cold"), ("d4d4", start)]
    assert aligned.bars("wanted")[0][1] == 0.0
    assert aligned.bars("wanted")[-1][0] is kind


def test_what_no_invocation_waited_for_is_a_row_of_its_own():
    stream = EventStream()
    stream.create("a1a1")
    aligned = Aligned(stream)
    assert aligned.told() == [("a1a1", "starting")]
    stream.init("a1a1")
    aligned.take(stream)
    assert aligned.told() == [("a1a1", "ahead")]
    stream.wait(5_000)
    stream.warm_success("warm", "a1a1", 5.0)
    aligned.take(stream)
    assert aligned.told() == [("a1a1", "ahead"), ("idle", "5"), ("a1a1", "warm")]
    assert aligned.bars("warm")[0][:2] == (SpanKind.INVOKE, 0.0)


def test_one_that_is_running_grows_and_has_a_row():
    stream = EventStream()
    stream.assign("cold", "a1a1", "cold")
    stream.create("a1a1")
    aligned = Aligned(stream)
    stream.init("a1a1")
    stream._start("cold", "a1a1")
    aligned.take(stream)

    assert aligned.told() == [("a1a1", "cold")]
    [row] = aligned.rows
    assert math.isnan(aligned.view.starts.end_ms(row))
    assert aligned.bars("cold")[-1][0] is SpanKind.INVOKE
    assert aligned.view.longest_ms([row], NOW_MS) == pytest.approx(10_000_000.0)


def test_the_filter_says_which_rows_there_are_and_a_row_is_whole():
    stream = EventStream("orders")
    stream.cold_success("cold", "a1a1")
    stream.warm_success("warm", "a1a1")
    stream.raised("failed", "a1a1")
    stream.function_name = "refunds"
    stream.crash("crashed", "b1b1")
    aligned = Aligned(stream)

    def shown(wanted: SpanFilter) -> list[str]:
        aligned.clock.set_filter(wanted)
        assert not aligned.clock.pull()
        return [aligned.view.starts.request_of(row) for row in aligned.rows]

    assert shown(SpanFilter(failed=True)) == ["failed", "crashed"]
    assert shown(SpanFilter(start="warm")) == ["warm", "failed"]
    assert shown(SpanFilter(function_name="refunds")) == ["crashed"]
    assert len(aligned.bars("crashed")) == 5
    assert shown(SpanFilter()) == ["cold", "warm", "failed", "crashed"]


def test_a_point_finds_the_work_of_its_row_alone():
    stream = EventStream()
    stream.cold_success("cold", "a1a1")
    stream.warm_success("warm", "a1a1", 30.0)
    aligned = Aligned(stream)
    cold, warm = aligned.rows

    found = aligned.view.hit((warm,), 10.0, NOW_MS, 1.0)
    assert found is not None
    assert (found.kind, found.request_id) == (SpanKind.INVOKE, "warm")
    assert aligned.view.hit((warm,), 200.0, NOW_MS, 1.0) is None
    assert aligned.view.hit((cold,), 500.0, NOW_MS, 1.0) is None  # there the warm one runs, by the clock
    init = aligned.view.hit((cold,), 300.0, NOW_MS, 1.0)
    assert init is not None
    assert init.kind is SpanKind.FUNCTION_INIT
    assert aligned.view.request_of(init.place) == "cold"


def test_the_scale_holds_the_last_cold_start_and_is_round():
    stream = EventStream()
    stream.cold_success("cold", "a1a1")
    stream.warm_success("warm", "a1a1", 3.0)
    aligned = Aligned(stream)
    cold, warm = aligned.rows
    assert aligned.view.followed_ms([warm], NOW_MS) == 500.0  # the cold start took 486 ms, and is not among these rows
    assert aligned.view.followed_ms([cold, warm], NOW_MS) == 500.0
    stream.warm_success("long", "a1a1", 60_000.0)
    aligned.take(stream)
    assert aligned.view.followed_ms(aligned.rows, NOW_MS) == 10_000.0  # twenty cold starts
    assert aligned.view.longest_ms(aligned.rows, NOW_MS) == pytest.approx(60_000.0)
    assert aligned.view.followed_ms([], NOW_MS) < 1.0


def test_what_the_timeline_drops_is_dropped_here_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(starts, "AT_ONCE", 64)
    stream = EventStream()
    stream.cold_success("cold", "a1a1")
    aligned = Aligned(stream, capacity=500)
    for number in range(1_000):
        stream.warm_success(f"r-{number}", f"{number % 7:04}")
        aligned.take(stream)

    assert len(aligned.timeline.spans) <= 500
    assert aligned.rows[0] > 500
    assert len(aligned.rows) <= MOST_ROWS
    assert aligned.view.starts.request_of(aligned.rows[-1]) == "r-999"
    assert aligned.told()[-1] == (f"{999 % 7:04}"[:4], "warm")
    assert aligned.bars("r-999")[0][1] == 0.0
    spans = aligned.timeline.spans
    work = np.flatnonzero(spans.kind < SpanKind.IDLE)
    numbers = aligned.view.starts.of(work).tolist()
    assert [aligned.view.starts.request_of(number) for number in numbers] == [spans.request_id(int(each)) for each in work]


def test_a_full_table_of_invocations_drops_the_oldest(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(starts, "CAPACITY", 100)
    stream = EventStream()
    stream.cold_success("cold", "a1a1")
    aligned = Aligned(stream)
    for number in range(300):
        stream.warm_success(f"r-{number}", f"{number % 3:04}")
    aligned.take(stream)

    assert 80 <= len(aligned.rows) <= 100
    assert aligned.view.starts.number_of("r-0") == starts.NONE
    assert aligned.bars("r-299")[0][1] == 0.0
    assert aligned.less("r-299") == ""  # its function's cold start is no longer known
    assert aligned.view.starts.begin_of(aligned.rows[-1]) is Begin.WARM


def test_what_was_not_taken_in_yet_is_in_no_row():
    stream = EventStream()
    stream.cold_success("cold", "a1a1")
    aligned = Aligned(stream, capacity=60)
    [row] = aligned.rows
    for number in range(100):  # also drops most of what was taken in
        stream.warm_success(f"r-{number}", "b1b1")
    for event in stream.events:
        aligned.timeline.apply(event)
    stream.events.clear()

    aligned.view.look_at(row, row)
    assert aligned.view.between(-1.0, 1e12, 1.0, NOW_MS).row.size == 0
    late = aligned.timeline.spans_of_request("r-99")
    assert set(aligned.view.columns(late, NOW_MS).row.tolist()) == {starts.NONE}
    assert aligned.view.request_of(int(late[0])) == ""
    assert aligned.less("r-99") == ""
    assert aligned.lanes() == []
    aligned.take(stream)
    assert aligned.bars("r-99")[0][1] == 0.0
