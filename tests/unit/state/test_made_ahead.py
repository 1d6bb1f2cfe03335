"""Sandboxes made ahead of their request, provisioned environments, thawing, and INIT that waits for extensions."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.event_builders import EventStream
from workbench.model.events import StreamEvent
from workbench.state.advice import advice
from workbench.state.invocation import fold_invocation
from workbench.state.session import Session
from workbench.state.span_kinds import SpanKind
from workbench.state.timeline import Timeline

WAITED_MS = 5_000.0


def made(stream: EventStream, environment_id: str, *, ahead: bool = True, kind: str = "on-demand") -> None:
    """A sandbox that nobody waits for, up to its creation."""
    stream.emit("sandbox.creating", {"sandbox": "docker", "runtime": "python3.12", "runsOn": "Python 3.12.7", "memorySizeMB": 512,
                                     "notEnforced": [], "initializationType": kind, "ahead": ahead}, environment_id)
    stream.wait(30)
    stream.emit("sandbox.created", {"durationMs": 30.0}, environment_id)


def prepared(stream: EventStream, environment_id: str) -> None:
    made(stream, environment_id)
    stream.wait(110)
    stream.emit("sandbox.ready", {"durationMs": 110.0}, environment_id)


def prepared_cold_start() -> EventStream:
    """Prepared, five seconds of rest, then a request."""
    stream = EventStream()
    prepared(stream, "e")
    stream.wait(WAITED_MS)
    stream.assign("r", "e", "cold")
    stream.wait(20)
    stream.emit("sandbox.started", {"durationMs": 20.0}, "e")
    stream.invoke("r", "e", init_ms=stream.init("e"))
    return stream


def provisioned_start() -> EventStream:
    """Initialized ahead, then a first invocation, which is warm."""
    stream = EventStream()
    made(stream, "e", kind="provisioned-concurrency")
    stream.wait(20)
    stream.emit("sandbox.started", {"durationMs": 20.0}, "e")
    stream.init("e")
    stream.wait(WAITED_MS)
    return stream


def thawed_invocation(thaw_ms: float) -> EventStream:
    stream = EventStream()
    stream.cold_success()
    stream.wait(WAITED_MS)
    stream.assign("r", "a81f00", "warm")
    stream.wait(thaw_ms)
    stream.emit("sandbox.thawed", {"durationMs": thaw_ms}, "a81f00", "r")
    stream.invoke("r", "a81f00")
    return stream


def with_extensions(before_ms: float, after_ms: float) -> list[StreamEvent]:
    """The runtime's process is started so long after INIT began, and INIT ends so long after the runtime was ready."""
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.create("e")
    began = len(stream.events)
    stream.emit("platform.initStart", {"initializationType": "on-demand", "phase": "init", "runtimeVersion": ""}, "e")
    stream.wait(before_ms)
    init = EventStream()
    init.now_ms = stream.now_ms
    init_ms = init.init("e")
    started, spans, done, report = init.events
    del started
    late = msgspec.structs.replace(report, time_ms=report.time_ms + after_ms, record={
        **report.fields(), "metrics": {"durationMs": before_ms + init_ms + after_ms}})
    for event in (spans, done, late):
        stream.events.append(msgspec.structs.replace(event, seq=len(stream.events) + 1))
    assert len(stream.events) == began + 4
    stream.now_ms = late.time_ms
    stream.invoke("r", "e", init_ms=before_ms + init_ms + after_ms)
    return stream.events


def spans(events: list[StreamEvent]) -> list[tuple[SpanKind, float]]:
    timeline = Timeline(1_000)
    for event in events:
        timeline.apply(event)
    columns = timeline.spans
    return [(SpanKind(kind), round(end - start, 1)) for kind, start, end in
            zip(columns.kind.tolist(), columns.start_ms.tolist(), columns.end_ms.tolist(), strict=True)]


def phases(events: list[StreamEvent], request_id: str = "r") -> list[tuple[str, float]]:
    return [(phase.name, round(phase.duration_ms, 1)) for phase in fold_invocation(events, request_id).phases]


def test_what_was_done_ahead_is_no_phase_of_the_invocation():
    assert phases(prepared_cold_start().events) == [
        ("startSandbox", 20.0), ("runtimeInit", 36.0), ("functionInit", 168.1), ("invoke", 40.8), ("runtimeOverhead", 0.4)]
    document = fold_invocation(prepared_cold_start().events).document()
    assert (document["start"], document["metrics"]["initDurationMs"]) == ("cold", 204.1)
    assert all(phase["startMs"] >= 0 for phase in document["phases"])


def test_a_session_tells_the_same_of_it():
    events = prepared_cold_start().events
    session = Session()
    session.apply(events)

    assert session.history.get("r").document() == fold_invocation(events, "r").document()
    assert session.history.get("r").startup.ready_ms is not None


def test_a_prepared_sandbox_rests_in_its_row_until_a_request_needs_it():
    kinds = spans(prepared_cold_start().events)

    assert kinds[:3] == [(SpanKind.AHEAD, 140.0), (SpanKind.PREPARED, WAITED_MS), (SpanKind.START, 20.0)]


def test_an_environment_is_prepared_then_initialized_then_busy_then_idle():
    session, states = Session(), []
    for event in prepared_cold_start().events:
        session.apply([event])
        states.append((event.type, session.environments.by_id["e"].state))

    last = dict(states)
    assert last["sandbox.ready"] == "prepared"
    assert last["sandbox.assigned"] == last["platform.initStart"] == "initializing"
    assert states[-1] == ("platform.report", "idle")


def test_a_prepared_sandbox_is_counted_apart_from_environments_everywhere():
    stream = EventStream()
    prepared(stream, "e")
    session = Session()
    session.apply(stream.events)

    totals, grid = session.totals, session.concurrency
    assert (totals.environments, totals.environments_warm, totals.prepared) == (0, 0, 1)
    assert (grid.environments, grid.prepared) == (0, 1)
    assert session.environments.by_id["e"].reclaimed_at_ms(900) is None


def test_the_advice_does_not_blame_what_was_done_ahead():
    stream = EventStream()
    prepared(stream, "e")
    stream.assign("r", "e", "cold")
    stream.emit("sandbox.started", {"durationMs": 0.0}, "e")
    stream.invoke("r", "e", init_ms=stream.init("e", runtime_ms=10.0, function_ms=10.0, imports=[], with_spans=False))

    told = advice(fold_invocation(stream.events))
    assert told.startswith("The sandbox was prepared ahead: no request waited for the 140 ms that creating it took.")
    assert "making the sandbox" not in told


def test_provisioned_init_is_on_the_timeline_and_not_part_of_the_first_invocation():
    stream = provisioned_start()
    stream.warm_success("r", "e")

    assert [kind for kind, _ in spans(stream.events)][:5] == [
        SpanKind.AHEAD, SpanKind.RUNTIME_INIT, SpanKind.FUNCTION_INIT, SpanKind.IDLE, SpanKind.INVOKE]
    assert phases(stream.events) == [("invoke", 0.8), ("runtimeOverhead", 0.1)]
    session = Session()
    session.apply(stream.events)
    assert session.history.get("r").document()["metrics"].get("initDurationMs") is None
    assert session.last_cold_start() is None


def test_only_what_is_idle_on_demand_is_reclaimed():
    stream = EventStream()
    stream.cold_success()
    ended_ms = stream.now_ms
    session = Session()
    session.apply(stream.events)
    assert session.environments.by_id["a81f00"].reclaimed_at_ms(900) == ended_ms + 900_000

    kept = Session()
    kept.apply(provisioned_start().events)
    assert kept.environments.by_id["e"].state == "idle"
    assert kept.environments.by_id["e"].reclaimed_at_ms(900) is None


def test_the_peak_of_memory_is_that_of_all_reports():
    stream = EventStream()
    stream.cold_success()
    stream.assign("r", "a81f00", "warm")
    stream.invoke("r", "a81f00", memory_used_mb=44)
    session = Session()
    session.apply(stream.events)

    assert session.environments.by_id["a81f00"].memory_peak_mb == 61


@pytest.mark.parametrize(("thaw_ms", "drawn"), [(16.0, [(SpanKind.THAW, 16.0)]), (0.2, [])])
def test_thawing_is_a_phase_and_drawn_where_one_can_see_it(thaw_ms: float, drawn: list[tuple[SpanKind, float]]):
    events = thawed_invocation(thaw_ms).events

    assert phases(events) == [("thaw", thaw_ms), ("invoke", 40.8), ("runtimeOverhead", 0.4)]
    assert [span for span in spans(events) if span[0] is SpanKind.THAW] == drawn


def test_thawing_belongs_to_its_request():
    timeline = Timeline(1_000)
    for event in thawed_invocation(16.0).events:
        timeline.apply(event)

    kinds = timeline.spans.kind[timeline.spans_of_request("r")].tolist()
    assert kinds == [SpanKind.THAW, SpanKind.INVOKE, SpanKind.OVERHEAD]


def test_nothing_thaws_in_a_cold_start():
    stream = EventStream()
    init_ms = stream.cold_start("r", "e")
    stream.emit("sandbox.thawed", {"durationMs": 0.01}, "e", "r")
    stream.invoke("r", "e", init_ms=init_ms)

    assert "thaw" not in [name for name, _ in phases(stream.events)]


def test_waiting_for_extensions_is_told_alike_by_phases_and_timeline():
    events = with_extensions(70.0, 25.0)

    told = [(name, ms) for name, ms in phases(events) if "init" in name.lower()]
    assert told == [("extensionInit", 70.0), ("runtimeInit", 36.0), ("functionInit", 168.1), ("extensionInit", 25.0)]
    drawn = [(kind, ms) for kind, ms in spans(events) if kind in _INIT_KINDS]
    assert sorted(drawn) == sorted([(SpanKind.EXTENSION_INIT, 70.0), (SpanKind.RUNTIME_INIT, 36.0),
                                    (SpanKind.FUNCTION_INIT, 168.1), (SpanKind.EXTENSION_INIT, 25.0)])
    startup = fold_invocation(events).startup
    assert startup.init_duration_ms == pytest.approx(sum(ms for _, ms in told))


def test_a_start_that_waits_for_extensions_is_blamed_on_them():
    assert "waiting for extensions" in advice(fold_invocation(with_extensions(900.0, 0.0)))


_INIT_KINDS = (SpanKind.EXTENSION_INIT, SpanKind.RUNTIME_INIT, SpanKind.FUNCTION_INIT, SpanKind.INIT)


def init_repeated(stream: EventStream, *, first: bool, init_again_ms: float = 204.1) -> EventStream:
    """Init inside an invocation as the engine tells it: the new sandbox, init, and START after its report."""
    if first:
        stream.assign("r", "e", "cold")
        stream.create("e")
        stream.init("e", error_type="Sandbox.Timedout", with_spans=False, runtime_ms=10_000.0, function_ms=0.0)
    else:
        stream.cold_success("r-before", "e")
        stream.wait(WAITED_MS)
        stream.assign("r", "e", "warm")
    began, began_ms = len(stream.events), stream.now_ms
    stream.wait(30)
    stream.emit("sandbox.created", {"durationMs": 30.0}, "e")
    stream.wait(20)
    stream.emit("sandbox.started", {"durationMs": 20.0}, "e")
    stream.init("e", phase="invoke", function_ms=init_again_ms - 36.0)
    stream.events[began:] = [msgspec.structs.replace(event, request_id="r") for event in stream.events[began:]]
    again_ms = stream.now_ms - began_ms
    stream.invoke("r", "e", duration_ms=60.0)
    done = next(place for place in range(len(stream.events) - 1, 0, -1) if stream.events[place].type == "platform.runtimeDone")
    record = stream.events[done].fields()
    total = {**record, "metrics": {**record["metrics"], "durationMs": again_ms + 60.0}}
    stream.events[done] = msgspec.structs.replace(stream.events[done], record=total)
    return stream


@pytest.mark.parametrize("first", [True, False])
def test_init_repeated_inside_is_part_of_the_invocation_and_not_of_the_start(first: bool):
    events = init_repeated(EventStream(), first=first).events
    invocation = fold_invocation(events, "r")

    (invoke,) = [phase for phase in invocation.phases if phase.name == "invoke"]
    assert invoke.duration_ms == pytest.approx(50.0 + 204.1 + 60.0 - 0.4)
    assert invoke.end_ms == pytest.approx(events[-1].time_ms - 0.4)
    assert [phase.name for phase in invocation.phases].count("createSandbox") == (1 if first else 0)
    assert invocation.init_again_ms == pytest.approx(204.1)
    session = Session()
    session.apply(events)
    assert session.history.get("r").document() == invocation.document()


def test_init_repeated_inside_is_drawn_in_its_parts():
    timeline = Timeline(1_000)
    for event in init_repeated(EventStream(), first=False).events:
        timeline.apply(event)

    kinds = timeline.spans.kind[timeline.spans_of_request("r")].tolist()
    assert kinds == [SpanKind.CREATE, SpanKind.START, SpanKind.RUNTIME_INIT, SpanKind.FUNCTION_INIT, SpanKind.INVOKE,
                     SpanKind.OVERHEAD]


def test_an_environment_that_inits_again_is_busy():
    session, states = Session(), []
    for event in init_repeated(EventStream(), first=False).events:
        session.apply([event])
        states.append((event.type, session.environments.by_id["e"].state))

    assert dict(states)["platform.initRuntimeDone"] == dict(states)["platform.initReport"] == "busy"
    assert states[-1] == ("platform.report", "idle")


def test_a_first_init_that_took_too_long_is_told_with_the_time_of_the_second():
    stream = init_repeated(EventStream(), first=True)
    timed_out = [msgspec.structs.replace(event, record={**event.fields(), "status": "timeout"})
                 if event.type in ("platform.initReport", "platform.initRuntimeDone") and not event.request_id else event
                 for event in stream.events]

    told = advice(fold_invocation(timed_out, "r"))
    assert told.startswith("Init took longer than the 10 s Lambda gives it, so it started again inside the invocation")
    assert "There it took 204 ms." in told
