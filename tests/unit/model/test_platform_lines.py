from __future__ import annotations

import json

import msgspec
import pytest

from workbench.model.events import StreamEvent
from workbench.model.platform_lines import closing_lines, platform_lines, report_line

METRICS = {"durationMs": 2.9, "billedDurationMs": 3, "memorySizeMB": 128, "maxMemoryUsedMB": 36}


def lines(kind: str, record: dict[str, object]) -> list[str]:
    return platform_lines(StreamEvent(seq=1, time_ms=0, type=kind, record=record))


def test_a_recorded_warm_report():
    assert report_line({"requestId": "id", "status": "success", "metrics": METRICS}) == (
        "REPORT RequestId: id\tDuration: 2.90 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t"
    )


def test_restore_takes_the_place_of_init():
    metrics = {**METRICS, "restoreDurationMs": 684.33, "billedRestoreDurationMs": 25}

    assert report_line({"requestId": "id", "metrics": metrics}).endswith(
        "\tRestore Duration: 684.33 ms\tBilled Restore Duration: 25 ms\t"
    )


def test_a_sampled_trace_follows_the_report():
    tracing = {"spanId": "07f5", "type": "X-Amzn-Trace-Id", "value": "Root=1-5e34;Parent=07f5;Sampled=1"}

    assert lines("platform.report", {"requestId": "id", "metrics": METRICS, "tracing": tracing})[2] == (
        "XRAY TraceId: 1-5e34\tSegmentId: 07f5\tSampled: true\t"
    )


def test_init_start_with_and_without_a_version():
    record = {"runtimeVersion": "python:3.10.v11", "runtimeVersionArn": "arn:aws:lambda:us-east-1::runtime:0"}

    assert lines("platform.initStart", record) == [
        "INIT_START Runtime Version: python:3.10.v11\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:0",
    ]
    assert lines("platform.initStart", {}) == ["INIT_START"]


@pytest.mark.parametrize(("record", "expected"), [
    ({"initializationType": "on-demand", "status": "success"}, []),
    ({"initializationType": "on-demand", "status": "timeout"},
     ["INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: timeout"]),
    ({"phase": "invoke", "status": "error", "errorType": "Extension.Crash"},
     ["INIT_REPORT Init Duration: 1236.04 ms\tPhase: invoke\tStatus: error\tError Type: Extension.Crash"]),
    ({"initializationType": "provisioned-concurrency"}, ["INIT_REPORT Init Duration: 1236.04 ms\tPhase: init"]),
])
def test_init_report(record: dict[str, object], expected: list[str]):
    assert lines("platform.initReport", {**record, "metrics": {"durationMs": 1236.04}}) == expected


def test_extensions():
    assert lines("platform.extension", {"name": "x", "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}) == [
        "EXTENSION\tName: x\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
    ]


def report(status: str, **metrics: float) -> StreamEvent:
    record = {"requestId": "id", "status": status, "metrics": {**METRICS, **metrics}}
    return StreamEvent(seq=1, time_ms=1_709_572_958_033, type="platform.report", record=record)


def test_a_timeout_line_without_the_payload_takes_the_limit_from_the_duration():
    assert closing_lines(report("timeout", durationMs=3016.78), "")[:3] == [
        "2024-03-04T17:22:38.033Z id Task timed out after 3.00 seconds", "", "END RequestId: id"]


def test_a_success_and_an_error_of_the_function_have_no_line_of_the_platform():
    assert closing_lines(report("success"), "")[0] == "END RequestId: id"
    assert closing_lines(report("error"), "boom")[0] == "END RequestId: id"


def test_in_the_json_format_a_record_is_one_object_and_a_failure_has_no_other_line():
    event = msgspec.structs.replace(report("timeout"), log="json")
    assert [json.loads(line) for line in closing_lines(event, "")] == [
        {"time": "2024-03-04T17:22:38.033Z", "type": "platform.report", "record": event.record}]
    assert closing_lines(msgspec.structs.replace(event, log="none"), "") == []


def test_spans_tell_a_time_of_day_in_the_json_format():
    record = {"requestId": "id", "spans": [{"name": "responseLatency", "startMs": 0.0, "durationMs": 1.2345}]}
    (line,) = platform_lines(StreamEvent(seq=1, time_ms=0, type="platform.runtimeDone", record=record, log="json"))
    assert json.loads(line)["record"]["spans"] == [
        {"name": "responseLatency", "start": "1970-01-01T00:00:00.000Z", "durationMs": 1.234}]


def test_records_that_print_nothing():
    assert lines("platform.runtimeDone", {"requestId": "id"}) == []
    assert platform_lines(StreamEvent(seq=1, time_ms=0, type="function", record="text")) == []
