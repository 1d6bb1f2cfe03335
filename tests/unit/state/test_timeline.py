from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tests.support.event_builders import EPOCH_MS, EventStream, busy_session
from workbench.model.events import StreamEvent
from workbench.state.span_kinds import FAILURES, SpanKind
from workbench.state.timeline import Timeline


def folded(events: list[StreamEvent], capacity: int = 1_000) -> Timeline:
    timeline = Timeline(capacity)
    for event in events:
        timeline.apply(event)
    return timeline


def spans(timeline: Timeline) -> list[tuple[SpanKind, float, float]]:
    columns = timeline.spans
    return [(SpanKind(kind), round(start, 3), round(end, 3)) for kind, start, end in
            zip(columns.kind.tolist(), columns.start_ms.tolist(), columns.end_ms.tolist(), strict=True)]


def test_a_cold_start_becomes_spans_one_after_the_other():
    *closed, (last_kind, last_start, last_end) = spans(folded(EventStream().cold_success()))

    assert closed == [
        (SpanKind.CREATE, 0, 30), (SpanKind.START, 30, 241), (SpanKind.RUNTIME_INIT, 241, 277),
        (SpanKind.FUNCTION_INIT, 277, 445.1), (SpanKind.IDLE, 445.1, 445.1), (SpanKind.INVOKE, 445.1, 485.9),
        (SpanKind.OVERHEAD, 485.9, 486.3),
    ]
    assert (last_kind, last_start) == (SpanKind.IDLE, 486.3)
    assert np.isnan(last_end)


def test_a_timeout_and_a_crash_have_kinds_of_their_own_and_end_their_rows():
    stream = EventStream()
    stream.timeout()
    timeline = folded(stream.crash())

    kinds = [kind for kind, _, _ in spans(timeline)]
    assert SpanKind.TIMED_OUT in kinds
    assert SpanKind.FAILED in kinds
    assert not np.isnan(timeline.spans.end_ms).any()
    assert [timeline.rows.is_live(row) for row in (0, 1)] == [False, False]


def test_an_open_span_grows_until_now():
    timeline = folded(busy_session())
    now_ms = busy_session()[-1].time_ms + 75

    hit = timeline.hit([2], now_ms - 10 - timeline.origin_ms, now_ms)

    assert (hit.kind, hit.is_open, hit.row.environment_id) == (SpanKind.CREATE, True, "3c0711")
    assert hit.end_ms - hit.start_ms == pytest.approx(75)


def test_a_point_finds_the_invocation_there_and_short_ones_nearby():
    stream = EventStream()
    stream.cold_success()
    stream.wait(100)
    timeline = folded(stream.warm_success())

    assert timeline.hit([0], 460, EPOCH_MS).request_id == "r-cold"
    assert timeline.hit([0], 586.0, EPOCH_MS).kind is SpanKind.IDLE
    assert timeline.hit([0], 586.0, EPOCH_MS, slack_ms=1).request_id == "r-warm"
    assert timeline.hit([1], 460, EPOCH_MS) is None


def test_the_oldest_spans_and_the_rows_without_any_go_first():
    stream = EventStream()
    for number in range(40):
        stream.cold_success(f"r-{number}", f"e-{number}")
        stream.stop(f"e-{number}", "cold")
    timeline = folded(stream.events, capacity=100)

    assert len(timeline.spans) < 100
    assert timeline.rows[max(timeline.rows)].environment_id == "e-39"
    assert set(timeline.spans.row.tolist()) == set(timeline.rows)
    assert "r-39" in timeline.cold
    assert "r-0" not in timeline.cold
    index = int(timeline.spans_of_request("r-39")[0])
    assert timeline.spans.request_id(index) == "r-39"
    assert timeline.rows[timeline.spans.row[index]].environment_id == "e-39"
    assert not timeline.spans_of_request("r-0").size


def test_the_extent_covers_work_and_leaves_out_idleness():
    timeline = folded(EventStream().cold_success())

    assert timeline.extent(EPOCH_MS + 60_000) == (0.0, pytest.approx(486.3))


def test_log_lines_change_nothing_on_the_timeline():
    timeline = folded(EventStream().cold_success())
    version = timeline.version

    assert not timeline.apply(StreamEvent(seq=99, time_ms=EPOCH_MS, type="function", environment_id="a81f00", record="hello"))
    assert timeline.version == version


def test_waiting_belongs_to_no_invocation():
    timeline = folded(EventStream().cold_success())
    kinds = timeline.spans.kind[timeline.spans_of_request("r-cold")].tolist()

    assert kinds == [SpanKind.INVOKE, SpanKind.OVERHEAD]


def test_init_inside_an_invocation_shows_its_parts():
    stream = EventStream()
    stream.cold_success()
    timeline = folded(stream.init_again())
    index = timeline.spans_of_request("r-again")

    assert timeline.spans.kind[index].tolist() == [
        SpanKind.CREATE, SpanKind.START, SpanKind.RUNTIME_INIT, SpanKind.FUNCTION_INIT, SpanKind.INVOKE,
    ]


def extension_event(seq: int, environment_id: str, time_ms: float, name: str, **record: object) -> StreamEvent:
    fields = {"name": name, "external": True, "phase": "invoke", "status": "success", "durationMs": 10.0, **record}
    return StreamEvent(seq=seq, time_ms=time_ms, type="sandbox.extension", environment_id=environment_id, record=fields)


def test_extensions_have_rows_of_their_own_and_nothing_else_moves():
    timeline = folded(busy_session())
    first = timeline.rows[0]
    kinds_before = {row: timeline.spans.kind[timeline.spans.row == row].tolist() for row in timeline.rows}
    now_ms = busy_session()[-1].time_ms

    for name, status in (("otel", "success"), ("cache", "timeout"), ("otel", "error")):
        timeline.apply(extension_event(10_000, first.environment_id, now_ms, name, status=status))

    own, otel, cache = timeline.rows.environments()[first.environment_id]
    assert own == 0
    assert [timeline.rows[row].extension for row in (own, otel, cache)] == ["", "otel", "cache"]
    assert timeline.spans.kind[timeline.spans.row == otel].tolist() == [SpanKind.INVOKE, SpanKind.FAILED]
    assert timeline.spans.kind[timeline.spans.row == cache].tolist() == [SpanKind.TIMED_OUT]
    assert {row: timeline.spans.kind[timeline.spans.row == row].tolist() for row in kinds_before} == kinds_before


def test_an_environment_that_stops_takes_its_extensions_along():
    stream = EventStream()
    events = stream.cold_success()
    environment_id = events[-1].environment_id
    timeline = folded(events)
    timeline.apply(extension_event(10_000, environment_id, events[-1].time_ms, "otel", phase="init"))
    assert [timeline.rows.is_live(row) for row in (0, 1)] == [True, True]

    timeline.apply(StreamEvent(seq=10_001, time_ms=events[-1].time_ms, type="sandbox.stopped", environment_id=environment_id,
                               record={"reason": "idle"}))

    assert [timeline.rows.is_live(row) for row in (0, 1)] == [False, False]


def test_what_extensions_take_after_the_runtime_is_no_idleness():
    events = EventStream().cold_success()
    done = next(event for event in events if event.type == "platform.runtimeDone")
    report = next(event for event in events if event.type == "platform.report")
    overhead = {"name": "extensionOverhead", "startMs": done.time_ms, "durationMs": 50.0}
    slow = msgspec.structs.replace(report, time_ms=done.time_ms + 50, record={**report.fields(), "spans": [overhead]})

    timeline = folded([slow if event is report else event for event in events])

    assert [kind for kind, _, _ in spans(timeline)][-3:] == [SpanKind.OVERHEAD, SpanKind.OVERHEAD, SpanKind.IDLE]
    assert timeline.spans.start_ms[-1] == pytest.approx(done.time_ms + 50 - timeline.origin_ms)


def test_a_canceled_invocation_is_no_failure():
    stream = EventStream()
    stream.cold_success()
    timeline = folded(stream.cancelled())
    assert SpanKind.CANCELED in [kind for kind, _, _ in spans(timeline)]
    assert not {kind for kind, _, _ in spans(timeline)} & set(FAILURES)
    assert not timeline.failed
    assert not timeline.failing
