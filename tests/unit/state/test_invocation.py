from __future__ import annotations

import json

import msgspec
import pytest

from tests.support.event_builders import EventStream
from workbench.state.invocation import Invocation, fold_invocation


def test_a_cold_success_has_every_phase_relative_to_its_arrival():
    document = fold_invocation(EventStream().cold_success()).document()

    assert [(p["name"], p["startMs"], p["durationMs"]) for p in document["phases"]] == [
        ("createSandbox", 0.0, 30.0), ("startSandbox", 30.0, 211.0), ("runtimeInit", 241.0, 36.0),
        ("functionInit", 277.0, 168.1), ("invoke", pytest.approx(445.1), 40.8), ("runtimeOverhead", pytest.approx(485.9), 0.4),
    ]


def test_the_document_of_a_cold_success():
    document = json.loads(msgspec.json.encode(fold_invocation(EventStream().cold_success()).document()))

    assert document["requestId"] == "r-cold"
    assert (document["start"], document["status"], document["functionError"]) == ("cold", "success", None)
    assert document["sandbox"] == "process"
    assert document["payload"]["statusCode"] == json.loads(document["payloadText"])["statusCode"] == 200
    assert document["metrics"] == {
        "durationMs": 41.2, "billedDurationMs": 246, "memorySizeMB": 512, "maxMemoryUsedMB": 61, "initDurationMs": 204.1,
    }


def test_the_payload_in_the_document_keeps_its_numbers_and_takes_one_line():
    text = '{\n "big": 123456789012345678901234567890, "exact": 1.50 }'
    encoded = msgspec.json.encode(Invocation(payload=text).document())
    assert b'"payload":{"big":123456789012345678901234567890,"exact":1.50}' in encoded
    assert json.loads(encoded)["payloadText"] == text
    assert json.loads(msgspec.json.encode(Invocation(payload="no JSON").document()))["payload"] == "no JSON"


def test_the_log_of_a_cold_success_is_what_cloudwatch_would_hold():
    assert fold_invocation(EventStream().cold_success()).log_lines() == [
        "INIT_START Runtime Version: Python 3.12.7",
        "START RequestId: r-cold Version: $LATEST",
        "resizing cat.jpg, 2996 ms left",
        "END RequestId: r-cold",
        "REPORT RequestId: r-cold\tDuration: 41.20 ms\tBilled Duration: 246 ms\tMemory Size: 512 MB\tMax Memory Used: 61 MB"
        "\tInit Duration: 204.10 ms\t",
    ]


def test_a_warm_invocation_knows_nothing_of_its_environments_start():
    stream = EventStream()
    stream.cold_success()
    invocation = fold_invocation(stream.warm_success(), "r-warm")

    assert (invocation.start, invocation.startup, invocation.metrics.init_duration_ms) == ("warm", None, None)
    assert [phase.name for phase in invocation.phases] == ["invoke", "runtimeOverhead"]
    assert invocation.log_lines()[0] == "START RequestId: r-warm Version: $LATEST"
    assert invocation.log_lines()[-1].endswith("Max Memory Used: 61 MB\t")


def test_a_raised_exception_prints_its_own_log_and_no_line_of_the_platform():
    stream = EventStream()
    stream.cold_success()
    invocation = fold_invocation(stream.raised(), "r-error")

    assert (invocation.status, invocation.function_error) == ("error", "Unhandled")
    assert invocation.error()["errorType"] == "ValueError"
    start, trace, end, report = invocation.log_lines()
    assert start.startswith("START")
    assert trace.startswith("[ERROR] ValueError: boom\n")
    assert end == "END RequestId: r-error"
    assert report.endswith("Max Memory Used: 58 MB\tStatus: error\tError Type: ValueError")


def test_a_timeout_prints_the_old_line_and_the_new_field():
    invocation = fold_invocation(EventStream().timeout())

    assert invocation.status == "timeout"
    assert invocation.log_lines()[2:4] == ["2026-10-14T17:46:43.461Z r-timeout Task timed out after 3.00 seconds", ""]
    assert invocation.log_lines()[-1].endswith("Init Duration: 204.10 ms\tStatus: timeout")


def test_a_crash_prints_the_old_lines_and_the_new_fields():
    lines = fold_invocation(EventStream().crash()).log_lines()

    assert lines[2:] == [
        "RequestId: r-crash Error: Runtime exited with error: exit status 1",
        "Runtime.ExitError",
        "END RequestId: r-crash",
        "REPORT RequestId: r-crash\tDuration: 7.25 ms\tBilled Duration: 212 ms\tMemory Size: 512 MB\tMax Memory Used: 58 MB"
        "\tInit Duration: 204.10 ms\tStatus: error\tError Type: Runtime.ExitError",
    ]


def test_out_of_memory_is_known_and_named():
    invocation = fold_invocation(EventStream().out_of_memory())

    assert invocation.out_of_memory
    assert invocation.error_type == "Runtime.OutOfMemory"
    assert "Runtime exited with error: signal: killed" in invocation.log_lines()[2]


def test_a_failed_init_prints_init_report():
    invocation = fold_invocation(EventStream().init_failure())

    assert invocation.status == "error"
    assert invocation.log_lines()[:3] == [
        "INIT_START Runtime Version: Python 3.12.7",
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'foo'",
        "INIT_REPORT Init Duration: 204.10 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
    ]


def test_init_without_the_runtimes_account_is_one_phase():
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.create("e")
    stream.invoke("r", "e", init_ms=stream.init("e", with_spans=False))
    names = [phase.name for phase in fold_invocation(stream.events).phases]

    assert names == ["createSandbox", "startSandbox", "init", "invoke", "runtimeOverhead"]


def test_it_is_running_until_an_answer_or_a_report_is_there():
    invocation = Invocation()
    statuses = []
    for event in EventStream().cold_success():
        invocation.apply(event)
        statuses.append((event.type, invocation.status))

    assert statuses[0] == ("sandbox.assigned", "running")
    assert dict(statuses)["function"] == "running"
    assert statuses[-1] == ("platform.report", "success")


def test_a_sandbox_lost_before_any_answer_is_an_error():
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.stop("e", "failure")

    assert fold_invocation(stream.events).status == "error"


def test_events_of_another_request_change_nothing():
    stream = EventStream()
    stream.cold_success("r-1", "e-1")
    alone = fold_invocation(list(stream.events))
    stream.cold_success("r-2", "e-2")

    assert fold_invocation(stream.events, "r-1") == alone


def test_an_event_applied_twice_counts_once():
    events = EventStream().cold_success()
    once, twice = Invocation(), Invocation()
    for event in events:
        once.apply(event)
        twice.apply(event)
        twice.apply(event)

    assert twice == once


def test_a_line_limit_keeps_the_newest_lines_and_counts_the_others():
    invocation = Invocation(line_limit=100)
    stream = EventStream()
    stream.assign("r", "e", "warm")
    stream.invoke("r", "e", lines=[f"line {number}" for number in range(1_000)])
    for event in stream.events:
        invocation.apply(event)

    kept = len(invocation.own_lines)
    assert 100 <= kept <= 110
    assert kept + invocation.lines_left_out == 1_001
    assert "line 999" in invocation.log_lines()
