"""Platform events as the lines Lambda writes into CloudWatch Logs: text, or one JSON object each.

Source: Lambda guide, "Log formats" and recorded log streams. Fields are separated by a TAB. Where Lambda's old and new
platforms differ (a failed invocation), both forms are written unless the person chose one of them: the new fields of REPORT
and, before END, the line that people and log-scraping code know.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.model.events import StreamEvent, iso_time, telemetry_record
from workbench.model.function_version import LATEST

Record = Mapping[str, Any]

_FAULT_MARK = "Error: "


def platform_lines(event: StreamEvent) -> list[str]:
    """Return the lines of one platform event, without line ends; [] for events that are not in the function's log.

    In the text format, a `platform.report` gives END and REPORT; `closing_lines` adds what precedes them after a failure.
    """
    record = event.record
    if not isinstance(record, dict):
        return []
    # `log` is the format that the engine decided on: LoggingConfig, its system log level and the person's setting are in it.
    if not event.log.startswith("text"):
        return [_json_line(event)] if event.log == "json" else []
    if event.type == "platform.report":
        return _end_and_report(record, has_status=event.log != "text-old")
    writer = _WRITERS.get(event.type)
    return writer(record) if writer else []


def _json_line(event: StreamEvent) -> str:
    document = {"time": iso_time(event.time_ms), "type": event.type, "record": telemetry_record(event.type, event.record)}
    return msgspec.json.encode(document).decode()


def closing_lines(event: StreamEvent, message: str) -> list[str]:
    """Return the end of an invocation's log. `event` is its platform.report, `message` Lambda's own words on a failure or "".

    In the text format, the old platform's lines for a timeout or a dead runtime come first, unless only the new form is
    wanted; there are none for a success or an error that the function's runtime reported.
    """
    has_old_lines = event.log in ("text", "text-old")
    return [*(_failure_lines(event.fields(), event.time_ms, message) if has_old_lines else ()), *platform_lines(event)]


def _failure_lines(report: Record, time_ms: float, message: str) -> list[str]:
    request_id = report["requestId"]
    if report.get("status") == "timeout":
        return [f"{iso_time(time_ms)} {request_id} {_timeout_text(report, message)}", ""]
    reported_by_platform = message.startswith((f"RequestId: {request_id} {_FAULT_MARK}", _FAULT_MARK))
    if report.get("status", "success") == "success" or not reported_by_platform:
        return []
    return [f"RequestId: {request_id} {message[message.index(_FAULT_MARK):]}", str(report.get("errorType", ""))]


def _timeout_text(report: Record, message: str) -> str:
    _, found, text = message.partition(_FAULT_MARK)
    if found:
        return text
    # Timeouts are whole seconds and the measured duration is slightly longer, so its floor is the timeout itself.
    limit_s = math.floor(report["metrics"]["durationMs"] / 1000 + 0.01)
    return f"Task timed out after {limit_s:.2f} seconds"


def _init_start(record: Record) -> list[str]:
    fields = ["INIT_START"]
    if record.get("runtimeVersion"):
        fields = [f"INIT_START Runtime Version: {record['runtimeVersion']}"]
    if record.get("runtimeVersionArn"):
        fields.append(f"Runtime Version ARN: {record['runtimeVersionArn']}")
    return ["\t".join(fields)]


def _init_report(record: Record) -> list[str]:
    """On demand, Lambda prints INIT_REPORT only if init failed."""
    succeeded = record.get("status", "success") == "success"
    if succeeded and record.get("initializationType", "on-demand") == "on-demand":
        return []
    fields = [f"INIT_REPORT Init Duration: {record['metrics']['durationMs']:.2f} ms", f"Phase: {record.get('phase', 'init')}"]
    return ["\t".join(fields + _status_fields(record))]


def _restore_start(record: Record) -> list[str]:
    version = record.get("runtimeVersion")
    return [f"RESTORE_START Runtime Version: {version}" if version else "RESTORE_START"]


def _restore_report(record: Record) -> list[str]:
    return ["\t".join([f"RESTORE_REPORT Restore Duration: {record['metrics']['durationMs']:.2f} ms", *_status_fields(record)])]


def _start(record: Record) -> list[str]:
    return [f"START RequestId: {record['requestId']} Version: {record.get('version', LATEST)}"]


def _end_and_report(record: Record, *, has_status: bool) -> list[str]:
    lines = [f"END RequestId: {record['requestId']}", report_line(record, has_status=has_status)]
    trace = _trace_line(record.get("tracing") or {})
    return [*lines, trace] if trace else lines


def report_line(record: Record, *, has_status: bool = True) -> str:
    """Return the REPORT line of a platform.report record. For a success it ends with a TAB, as Lambda writes it.

    `has_status`: include the newer platform's fields about a failure.
    """
    metrics = record["metrics"]
    fields = [
        f"REPORT RequestId: {record['requestId']}",
        f"Duration: {metrics['durationMs']:.2f} ms",
        f"Billed Duration: {metrics['billedDurationMs']:.0f} ms",
        f"Memory Size: {metrics['memorySizeMB']:.0f} MB",
        f"Max Memory Used: {metrics['maxMemoryUsedMB']:.0f} MB",
    ]
    if metrics.get("initDurationMs") is not None:
        fields.append(f"Init Duration: {metrics['initDurationMs']:.2f} ms")
    if metrics.get("restoreDurationMs") is not None:
        fields.append(f"Restore Duration: {metrics['restoreDurationMs']:.2f} ms")
    if metrics.get("billedRestoreDurationMs") is not None:
        fields.append(f"Billed Restore Duration: {metrics['billedRestoreDurationMs']:.0f} ms")
    return "\t".join(fields + ((_status_fields(record) if has_status else []) or [""]))


def _status_fields(record: Record) -> list[str]:
    status = record.get("status", "success")
    if status == "success":
        return []
    fields = [f"Status: {status}"]
    if status != "timeout" and record.get("errorType"):
        fields.append(f"Error Type: {record['errorType']}")
    return fields


def _trace_line(tracing: Record) -> str:
    parts = dict(part.split("=", 1) for part in str(tracing.get("value", "")).split(";") if "=" in part)
    if parts.get("Sampled") != "1" or "Root" not in parts:
        return ""
    return f"XRAY TraceId: {parts['Root']}\tSegmentId: {tracing.get('spanId', '')}\tSampled: true\t"


def _extension(record: Record) -> list[str]:
    events = ", ".join(record.get("events", ()))
    line = f"EXTENSION\tName: {record.get('name', '')}\tState: {record.get('state', '')}\tEvents: [{events}]"
    return [line + (f"\tError Type: {record['errorType']}" if record.get("errorType") else "")]


def _telemetry_subscription(record: Record) -> list[str]:
    return [_subscription_line("TELEMETRY", record)]


def _logs_subscription(record: Record) -> list[str]:
    return [_subscription_line("LOGS", record)]


def _subscription_line(title: str, record: Record) -> str:
    types = ", ".join(record.get("types", ()))
    return f"{title}\tName: {record.get('name', '')}\tState: {record.get('state', '')}\tTypes: [{types}]"


_WRITERS = {
    "platform.initStart": _init_start,
    "platform.initReport": _init_report,
    "platform.restoreStart": _restore_start,
    "platform.restoreReport": _restore_report,
    "platform.start": _start,
    "platform.extension": _extension,
    "platform.telemetrySubscription": _telemetry_subscription,
    "platform.logsSubscription": _logs_subscription,
}
