"""Traces nest as viewers expect, and have the figures of the timeline and of REPORT."""

from __future__ import annotations

import json
from typing import Any

from tests.support.event_builders import EventStream, busy_session
from workbench.state.icicle import nested
from workbench.state.session import Session
from workbench.state.span_kinds import SpanKind
from workbench.state.startup import ImportTime
from workbench.state.traces import chrome_trace


def trace(session: Session) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(chrome_trace(session.timeline, session.history, session.timeline.origin_ms or 0.0))
    return document


def spans(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [event for event in document["traceEvents"] if event["ph"] == "X"]


def test_functions_are_processes_and_environments_threads() -> None:
    session = Session()
    session.apply(busy_session())
    names = {(each["name"], each["args"]["name"]) for each in trace(session)["traceEvents"] if each["name"].endswith("_name")}
    assert {word for kind, word in names if kind == "process_name"} == {
        session.timeline.rows[row].function_name for row in session.timeline.rows}
    assert {word for kind, word in names if kind == "thread_name"} == {
        f"environment {session.timeline.rows[row].environment_id[:4]}" for row in session.timeline.rows}


def test_every_span_but_rest_is_there_with_its_figures() -> None:
    session, stream = Session(), EventStream()
    stream.cold_success("r1")
    session.apply(stream.warm_success("r2", duration_ms=30.0))
    document = trace(session)
    kinds = session.timeline.spans.kind
    assert len([each for each in spans(document) if each["cat"] != "import"]) == int((kinds < SpanKind.IDLE).sum())
    [warm] = [each for each in spans(document) if each["name"] == "invoke" and each["args"]["requestId"] == "r2"]
    [after] = [each for each in spans(document) if each["name"] == "overhead" and each["args"]["requestId"] == "r2"]
    assert round(warm["dur"] + after["dur"]) == 30_000
    assert (warm["args"]["start"], warm["args"]["status"], warm["args"]["durationMs"]) == ("warm", "success", 30.0)


def test_what_overlaps_on_a_thread_lies_within() -> None:
    session, stream = Session(), EventStream()
    stream.cold_success("r-cold")
    for number in range(300):  # measured times are no whole microseconds
        stream.wait(1.000_4 + number * 0.000_37)
        stream.warm_success(f"r-{number}", duration_ms=1.203_51 + number * 0.013_377)
    session.apply(stream.events)
    session.timeline.spans.end_ms[:-1:2] += 0.0014  # each edge of two neighbors was measured on its own
    nests(trace(session))
    session = Session()
    session.apply(busy_session())
    nests(trace(session))


def nests(document: dict[str, Any]) -> None:
    by_thread: dict[int, list[tuple[float, float]]] = {}
    for each in spans(document):
        assert each["dur"] >= 0
        assert isinstance(each["ts"], int), "sums of fractions are not exact"
        by_thread.setdefault(each["tid"], []).append((each["ts"], each["ts"] + each["dur"]))
    assert by_thread
    for found in by_thread.values():
        open_until: list[float] = []
        for start_us, end_us in sorted(found, key=lambda span: (span[0], -span[1])):
            while open_until and open_until[-1] <= start_us:
                open_until.pop()
            assert not open_until or end_us <= open_until[-1]
            open_until.append(end_us)


def test_imports_are_cut_to_what_caused_them() -> None:
    imports = (ImportTime("app", -1, 100.0, 10.0), ImportTime("json", 0, 99.9, 11.0), ImportTime("re", 1, 112.0, 1.0))
    assert nested(imports) == [(100.0, 110.0), (100.0, 110.0), (110.0, 110.0)]


def test_the_imports_of_a_cold_start_are_below_its_init() -> None:
    session = Session()
    session.apply(EventStream().cold_success())
    imports = [each for each in spans(trace(session)) if each["cat"] == "import"]
    [init] = [each for each in spans(trace(session)) if each["name"] == "function init"]
    assert imports
    assert all(init["ts"] - 1 <= each["ts"] and each["ts"] + each["dur"] <= init["ts"] + init["dur"] + 1 for each in imports)


def test_nothing_is_an_empty_trace() -> None:
    assert trace(Session())["traceEvents"] == []


def test_a_restored_snapshot_is_named() -> None:
    session, stream = Session(), EventStream()
    stream.create("a1")
    stream.emit("platform.restoreStart", {}, "a1")
    stream.wait(80.0)
    stream.emit("platform.restoreReport", {"status": "success", "metrics": {"durationMs": 80.0}}, "a1")
    session.apply(stream.events)
    [restored] = [each for each in spans(trace(session)) if each["cat"] == "restore"]
    assert (restored["name"], restored["dur"]) == ("restore snapshot", 80_000)
