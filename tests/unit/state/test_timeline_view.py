"""What is looked at of a timeline: filters, lanes, what is followed, and how it keeps up."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.event_builders import EPOCH_MS, EventStream, busy_session
from workbench.state import timeline_view
from workbench.state.lanes import Lane, LaneChoice, LaneIndex, lanes
from workbench.state.span_filter import SpanFilter
from workbench.state.span_kinds import FAILURES, SpanKind
from workbench.state.timeline import Timeline
from workbench.state.timeline_view import TimelineView, newest

NOW_MS = EPOCH_MS + 10_000_000.0
ALL_MS = (-1.0, 1e12)


def folded(stream: EventStream, capacity: int = 10_000) -> Timeline:
    timeline = Timeline(capacity)
    for event in stream.events:
        timeline.apply(event)
    return timeline


def two_functions() -> Timeline:
    stream = EventStream("orders")
    stream.cold_success("r-cold", "a1")
    stream.warm_success("r-warm", "a1")
    stream.wait(10_000)
    stream.function_name = "refunds"
    stream.timeout("r-late", "b1")
    return folded(stream)


def seen(timeline: Timeline, wanted: SpanFilter) -> set[tuple[str, SpanKind]]:
    view = TimelineView(timeline)
    view.set_filter(wanted)
    assert not view.pull()
    index = view.single_spans(*ALL_MS, NOW_MS)
    return {(timeline.spans.request_id(int(each)), SpanKind(int(timeline.spans.kind[each]))) for each in index}


def test_filters_take_what_they_say():
    timeline = two_functions()
    assert {request for request, _ in seen(timeline, SpanFilter(function_name="refunds"))} == {"", "r-late"}
    assert seen(timeline, SpanFilter(version="7")) == set()
    assert {request for request, _ in seen(timeline, SpanFilter(start="warm"))} == {"r-warm"}
    cold = seen(timeline, SpanFilter(start="cold"))
    assert {request for request, _ in cold} == {"", "r-cold", "r-late"}
    assert ("", SpanKind.FUNCTION_INIT) in cold
    assert not any(kind.is_rest for _, kind in cold)
    assert seen(timeline, SpanFilter(failed=True)) == {("r-late", SpanKind.TIMED_OUT)}
    assert seen(timeline, SpanFilter()) > cold


def test_what_is_worked_out_ahead_is_what_is_there(monkeypatch):
    monkeypatch.setattr(timeline_view, "BLOCK", 16)
    stream = EventStream()
    stream.cold_success("r-cold")
    timeline = Timeline(400)
    view = TimelineView(timeline)
    for number in range(400):
        stream.wait(100)
        if number % 97 == 0:
            stream.fail(f"r-{number}", "a81f00", "{}", error_type="KeyError")
        else:
            stream.warm_success(f"r-{number}")
        for event in stream.events:
            timeline.apply(event)
        stream.events.clear()
        if number % 7 == 0:
            while view.pull():
                pass
    while view.pull():
        pass
    merged, spans = view.between(*ALL_MS, 1e-3, NOW_MS), timeline.spans
    assert sorted(merged.start_ms.tolist()) == sorted(spans.start_ms.tolist())
    assert sorted(view.single_spans(*ALL_MS, NOW_MS).tolist()) == list(range(len(spans)))
    failures = int(np.isin(spans.kind, FAILURES).sum())
    coarse = view.between(*ALL_MS, 1e6, NOW_MS)
    assert int(coarse.counts[np.isin(coarse.kind, FAILURES)].sum()) == failures > 0
    starts, ends = view.stretches(NOW_MS)
    assert (starts[1:] > ends[:-1]).all()


def test_a_great_deal_is_taken_in_over_several_frames():
    timeline = Timeline()
    row = timeline.rows.of(EventStream().cold_success()[0])
    for number in range(timeline_view.BLOCK * 5):
        timeline.spans.append(number, number + 0.5, SpanKind.INVOKE, row, "")
    timeline.version += 1
    view = TimelineView(timeline)
    assert view.pull()
    assert not view.pull()
    assert not view.pull()
    assert int(view.between(*ALL_MS, 1e6, NOW_MS).counts.sum()) == timeline_view.BLOCK * 5


def test_the_newest_work_is_followed_with_what_led_to_it():
    starts = np.array([0.0, 10_000.0, 200_000.0, 400_000.0])
    ends = np.array([350.0, 10_002.0, 200_002.0, 400_002.0])
    assert newest((starts, ends), most=2) == (200_000.0, 400_002.0)
    assert newest((starts, ends), most=9) == (0.0, 400_002.0)
    assert newest((starts, ends), most=9, quiet_ms=1e9) == (400_002.0 - 60_000.0, 400_002.0)
    assert newest((np.empty(0), np.empty(0)), most=3) == (0.0, 0.0)
    long_before = (np.array([0.0, 100_000.0]), np.array([50_000.0, 100_002.0]))
    assert newest(long_before, most=9) == (100_000.0, 100_002.0), "the newest could not be seen beside it"


def test_long_work_of_other_functions_does_not_crowd_out_a_cold_and_a_warm_start():
    starts = np.array([0.0, 10_000.0, 20_000.0, 30_000.0])
    ends = np.array([200.0, 12_300.0, 20_200.0, 30_004.0])  # a cold start of its own, another function, cold and warm
    own = np.array([0.0, 20_000.0, 20_100.0, 30_000.0])
    assert newest((starts, ends), most=9, own=own) == (20_000.0, 30_004.0)
    assert newest((starts, ends), most=9, own=np.array([0.0, 10_000.0, 30_000.0])) == (0.0, 30_004.0)
    short = np.array([200.0, 10_300.0, 20_200.0, 30_004.0])
    assert newest((starts, short), most=9, own=own) == (0.0, 30_004.0), "what leaves room is shown"


def test_work_of_the_newest_function_is_that_of_all_its_environments():
    stream = EventStream("orders")
    stream.cold_success("r-1", "one")
    stream.function_name = "refunds"
    stream.cold_success("r-2", "two")
    stream.function_name = "orders"
    stream.cold_success("r-3", "three")
    timeline = folded(stream)
    began = timeline.newest_starts()
    spans, rows = timeline.spans, timeline.rows
    assert began.size
    assert set(began) == {float(start) for start, row, kind in zip(spans.start_ms, spans.row, spans.kind, strict=True)
                          if rows[int(row)].function_name == "orders" and kind < SpanKind.IDLE}
    assert (np.diff(began) >= 0).all()
    assert not Timeline().newest_starts().size


def titles(found: list[Lane]) -> list[tuple[str, str]]:
    return [("" if lane.repeats else lane.title, lane.name) for lane in found]


def test_lanes_are_grouped_and_the_past_is_one_line():
    stream = EventStream("orders")
    for number in range(3):
        stream.cold_success(f"r-{number}", f"old{number}")
        stream.stop(f"old{number}", "idle")
    stream.cold_success("r-new", "live")
    stream.warm_success("r-again", "live")
    stream.function_name = "refunds"
    stream.crash("r-crash", "dead")
    timeline = folded(stream)
    arranged = lanes(timeline, SpanFilter(), LaneChoice())
    assert titles(arranged) == [("orders", "live"), ("", "3 past"), ("refunds", "dead")]
    opened = lanes(timeline, SpanFilter(), LaneChoice(opened=frozenset({"orders"}), kept="old1"))
    assert titles(opened) == [("orders", "old1"), ("", "live"), ("", "2 past"), ("", "old0"), ("", "old2"), ("refunds", "dead")]
    started = lanes(timeline, SpanFilter(), LaneChoice("start"))
    assert titles(started) == [("Cold start only", ""), ("", "4 past"), ("Reused: cold, then warm", ""), ("orders", "live")]
    assert titles(lanes(timeline, SpanFilter(), LaneChoice("failed")))[-2:] == [("Something failed", ""), ("refunds", "dead")]

    index = LaneIndex(arranged)
    rows = np.array([timeline.rows.of_environment(name)[0] for name in ("old0", "old2", "live", "dead")], dtype=np.int32)
    assert index.of(rows).tolist() == [1, 1, 0, 2]
    assert index.of(np.array([99], dtype=np.int32)).tolist() == [-1]
    assert LaneIndex([]).of(rows).tolist() == [-1] * 4


def test_versions_are_groups_of_their_own():
    timeline = folded(EventStream())
    for event in busy_session():
        timeline.apply(event)
    first = timeline.rows[0]
    timeline.rows.set_version(next(each for each in busy_session() if each.environment_id == first.environment_id), "7")
    arranged = lanes(timeline, SpanFilter(), LaneChoice("version"))
    assert arranged[0].title == f"{first.function_name}:7"
    assert [lane.environment_id for lane in lanes(timeline, SpanFilter(version="7"), LaneChoice()) if not lane.is_extension] == [
        first.environment_id]


def test_open_spans_grow_until_now():
    stream = EventStream()
    stream.create("a1")
    timeline = folded(stream)
    stream.events.clear()
    stream._start("r-1", "a1")
    for event in stream.events:
        timeline.apply(event)
    view = TimelineView(timeline)
    view.pull()
    (begin,), (end,) = (column[-1:] for column in view.stretches(NOW_MS))
    assert end == pytest.approx(NOW_MS - timeline.origin_ms)
    assert begin <= end


def test_a_sandbox_that_is_made_ahead_is_no_work_and_cuts_no_break_in_two():
    stream = EventStream()
    stream.cold_success("r-cold", "a1")
    stream.wait(1_000)
    stream.emit("sandbox.creating", {"ahead": True}, "spare")
    stream.wait(100)
    stream.emit("sandbox.created", {"durationMs": 60.0}, "spare")
    stream.emit("sandbox.ready", {"durationMs": 40.0}, "spare")
    stream.wait(60_000)
    stream.warm_success("r-warm", "a1")
    view = TimelineView(folded(stream))
    view.pull()
    starts, ends = view.stretches(NOW_MS)
    assert [round(start - end) for start, end in zip(starts[1:].tolist(), ends[:-1].tolist(), strict=True)] == [61_100]
