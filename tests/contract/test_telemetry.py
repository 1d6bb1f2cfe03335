"""Telemetry API and Logs API: what subscribers get, in every sandbox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import StartEngine, in_a_process
from tests.support.engines import until
from tests.support.extensions import Story, known_late, printed, stop_environments, story, workspace_with_extensions

RECEIVER = """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
batches = []
class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        batches.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(ANSWER)
        self.end_headers()
    def log_message(self, *args):
        pass
ANSWER = 200
server = HTTPServer(("0.0.0.0", 0), Receiver)
port = server.server_address[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
HTTP = {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{port}/in"}
def live_and_tell():
    while next_event()["eventType"] != "SHUTDOWN":
        pass
    say(json.dumps(batches))
"""

CODE = """
def handler(event, context):
    for number in range(event.get("lines", 1)):
        print("line", number)
    if event.get("fail"):
        raise ValueError("boom")
    return "hello"
"""


def _received(told: Story) -> list[dict[str, Any]]:
    """All records of the one subscriber, from what it said at its end."""
    return [record for batch in json.loads(told.extension_lines[-1]) for record in batch]


async def test_everything_is_told_to_a_subscriber(start: StartEngine, tmp_path: Path) -> None:
    subscriber = RECEIVER + """
register(["INVOKE", "SHUTDOWN"])
say(subscribe("telemetry", schemaVersion="2022-12-13", types=["platform", "function", "extension"], destination=HTTP,
              buffering={"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25}))
live_and_tell()
"""
    engine = await start(workspace_with_extensions(tmp_path / "w", {"subscriber": subscriber}, CODE))
    first, second = await engine.invoke(), await engine.invoke()
    await stop_environments(engine)
    told = await story(engine)
    assert told.extension_lines[0] == "(200, 'OK')"
    received = _received(told)
    kinds = [record["type"] for record in received]
    assert kinds[0] == "platform.initStart"
    expected = {"platform.telemetrySubscription", "platform.extension", "platform.initRuntimeDone", "platform.initReport"}
    assert expected <= set(kinds)
    for invocation in (first, second):
        platform = [record for record in received if isinstance(record["record"], dict)]
        own = [record["type"] for record in platform if record["record"].get("requestId") == invocation.request_id]
        assert own == ["platform.start", "platform.runtimeDone", "platform.report"]
    assert kinds.count("function") == 2
    assert kinds.count("extension") == 1
    done = next(record["record"] for record in received if record["type"] == "platform.runtimeDone")
    assert [span["name"] for span in done["spans"]] == ["responseLatency", "responseDuration", "runtimeOverhead"]
    assert all(span["start"].endswith("Z") for span in done["spans"])
    assert "TELEMETRY\tName: subscriber\tState: Subscribed\tTypes: [platform, function, extension]" in first.log_lines()


@in_a_process
async def test_every_attempt_of_an_event_is_told_under_its_request_id(start: StartEngine, tmp_path: Path) -> None:
    subscriber = RECEIVER + """
register(["INVOKE", "SHUTDOWN"])
subscribe("telemetry", schemaVersion="2022-12-13", types=["platform", "function"], destination=HTTP)
live_and_tell()
"""
    engine = await start(workspace_with_extensions(tmp_path / "w", {"subscriber": subscriber}, CODE))
    queue = engine.client.queue
    await queue.hold()
    request_ids = [await queue.send("Function", payload) for payload in (b"{}", b'{"fail": true}')]
    moved = await queue.forward(seconds=600)
    assert [step.outcome for step in moved.steps] == ["Success", "scheduled", "scheduled", "RetriesExhausted"]

    async def is_idle() -> bool:
        return await engine.states() == ["idle"]

    await until(is_idle, 60)  # the last attempt is settled with its answer: its runtime has yet to ask for the next event
    await stop_environments(engine)
    platform = [record for record in _received(await story(engine)) if isinstance(record["record"], dict)]
    for request_id, attempts in zip(request_ids, (1, 3), strict=True):
        own = [record for record in platform if record["record"].get("requestId") == request_id]
        assert [record["type"] for record in own] == ["platform.start", "platform.runtimeDone", "platform.report"] * attempts
        assert {record["record"]["status"] for record in own[1::3]} == {"success" if attempts == 1 else "error"}


@in_a_process
async def test_what_comes_before_the_start_is_known_is_told_after_it(
    start: StartEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container engine may answer after an extension has spoken, subscribed and waits."""
    known_late(monkeypatch, lambda: engine.pool)
    subscriber = RECEIVER + """
register(["INVOKE", "SHUTDOWN"])
say(subscribe("telemetry", schemaVersion="2022-12-13", types=["platform", "function", "extension"], destination=HTTP))
live_and_tell()
"""
    engine = await start(workspace_with_extensions(tmp_path / "w", {"subscriber": subscriber}, CODE))
    await engine.invoke()
    await stop_environments(engine)
    told = await story(engine)
    kinds = [record["type"] for record in _received(told)]
    assert kinds[:3] == ["platform.initStart", "extension", "platform.telemetrySubscription"] or kinds[:3] == [
        "platform.initStart", "platform.telemetrySubscription", "extension"]
    assert told.extension_lines[0] == "(200, 'OK')"


async def test_types_and_tcp(start: StartEngine, tmp_path: Path) -> None:
    subscriber = """
        import socket, threading
        listener = socket.create_server(("0.0.0.0", 0))
        lines, all_there = [], threading.Event()
        def read():
            connection, _ = listener.accept()
            for line in connection.makefile():
                lines.append(json.loads(line))
                if len(lines) == 3:
                    all_there.set()
        threading.Thread(target=read, daemon=True).start()
        register(["SHUTDOWN"])
        destination = {"protocol": "TCP", "port": listener.getsockname()[1]}
        say(subscribe("telemetry", types=["function"], destination=destination, buffering={"timeoutMs": 25}))
        next_event()
        all_there.wait(1.5)  # what was sent before SHUTDOWN is on its way
        say(json.dumps([lines]))
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {"subscriber": subscriber}, CODE))
    await engine.invoke({"lines": 3})
    await stop_environments(engine)
    received = _received(await story(engine))
    assert [(record["type"], record["record"]) for record in received] == [
        ("function", "line 0"), ("function", "line 1"), ("function", "line 2"),
    ]


@in_a_process
async def test_the_logs_api_has_its_own_shapes(start: StartEngine, tmp_path: Path) -> None:
    subscriber = RECEIVER + """
register(["INVOKE", "SHUTDOWN"])
say(subscribe("logs", schemaVersion="2021-03-18", types=["platform", "function"], destination=HTTP,
              buffering={"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 25}))
live_and_tell()
"""
    engine = await start(workspace_with_extensions(tmp_path / "w", {"subscriber": subscriber}, CODE))
    invocation = await engine.invoke()
    await stop_environments(engine)
    told = await story(engine)
    received = _received(told)
    kinds = [record["type"] for record in received if record["type"].startswith("platform.")]
    assert kinds == [
        "platform.logsSubscription", "platform.extension", "platform.start", "platform.runtimeDone", "platform.end",
        "platform.report",
    ]
    report = received[-1]["record"]
    assert (report["requestId"], sorted(report)) == (invocation.request_id, ["metrics", "requestId"])
    assert "LOGS\tName: subscriber\tState: Subscribed\tTypes: [platform, function]" in invocation.log_lines()


@in_a_process
async def test_a_crash_is_told_before_the_end(start: StartEngine, tmp_path: Path) -> None:
    subscriber = RECEIVER + """
register(["SHUTDOWN"])
subscribe("logs", types=["platform"], destination=HTTP, buffering={"timeoutMs": 30000})
live_and_tell()
"""
    code = "import os\ndef handler(event, context):\n    os._exit(1)\n"
    engine = await start(workspace_with_extensions(tmp_path / "w", {"subscriber": subscriber}, code))
    invocation = await engine.invoke()
    await stop_environments(engine)
    received = _received(await story(engine))
    assert [record["type"] for record in received][-3:] == ["platform.fault", "platform.end", "platform.report"]
    fault = f"RequestId: {invocation.request_id} Error: Runtime exited with error: exit status 1\nRuntime.ExitError"
    assert next(record["record"] for record in received if record["type"] == "platform.fault") == fault


@in_a_process
async def test_what_can_not_be_delivered_is_counted(start: StartEngine, tmp_path: Path) -> None:
    subscriber = RECEIVER.replace("ANSWER = 200", "ANSWER = 500") + """
register(["SHUTDOWN"])
subscribe("telemetry", types=["function"], destination=HTTP, buffering={"timeoutMs": 25})
live_and_tell()
"""
    engine = await start(workspace_with_extensions(tmp_path / "w", {"subscriber": subscriber}, CODE))
    await engine.invoke({"lines": 20})
    await stop_environments(engine)
    dropped = (await story(engine)).records("platform.logsDropped")
    assert sum(each["droppedRecords"] for each in dropped) == 20
    assert dropped[0]["droppedBytes"] > 20 * len('{"time":"","type":"function","record":""}')
    assert dropped[0]["reason"] == "The subscriber answered 500."


@in_a_process
async def test_refused_subscriptions(start: StartEngine, tmp_path: Path) -> None:
    """By two extensions of one function, one for each API."""
    rude = """
        API = NAME
        HTTP = {"protocol": "HTTP", "URI": "http://sandbox:4243"}
        results = {}
        results["no id"] = subscribe(API, types=["function"], destination=HTTP)
        register(["SHUTDOWN"])
        def attempt(name, **body):
            results[name] = subscribe(API, **{"types": ["function"], "destination": HTTP, **body})
        attempt("schema", schemaVersion="1999-01-01")
        attempt("no types", types=[])
        attempt("unknown type", types=["weather"])
        attempt("host", destination={"protocol": "HTTP", "URI": "http://example.com:80"})
        attempt("scheme", destination={"protocol": "HTTP", "URI": "ftp://sandbox:80"})
        attempt("port", destination={"protocol": "HTTP", "URI": "http://sandbox:9001"})
        attempt("tcp port", destination={"protocol": "TCP", "port": 0})
        attempt("protocol", destination={"protocol": "UDP", "port": 80})
        attempt("few items", buffering={"maxItems": 999})
        attempt("many bytes", buffering={"maxBytes": 1048577})
        attempt("timeout", buffering={"timeoutMs": 24})
        attempt("good")
        other = "logs" if API == "telemetry" else "telemetry"
        results["other api too"] = subscribe(other, types=["function"], destination=HTTP)
        say(json.dumps([NAME, *[[name, answer[0], answer[1]["errorType"] if isinstance(answer[1], dict) else answer[1]]
                        for name, answer in results.items()]]))
        next_event()
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {"telemetry": rude, "logs": rude}, CODE))
    await engine.invoke()
    told = [json.loads(line) for line in await printed(engine, 2)]
    assert {api for api, *_ in told} == {"telemetry", "logs"}
    for _, *answers in told:
        results = {name: (status, kind) for name, status, kind in answers}
        assert results.pop("no id") == (403, "Extension.MissingExtensionIdentifier")
        assert results.pop("good") == (200, "OK")
        assert set(results.values()) == {(400, "ValidationError")}
        assert len(results) == 12


async def test_the_metadata_endpoint(start: StartEngine, tmp_path: Path) -> None:
    code = """
        import http.client, json, os
        def call(method, token):
            connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_METADATA_API"])
            headers = {"Authorization": f"Bearer {token}"}
            connection.request(method, "/2026-01-15/metadata/execution-environment", None, headers)
            answer = connection.getresponse()
            return [answer.status, answer.getheader("Cache-Control"), json.loads(answer.read())]
        def handler(event, context):
            token = os.environ["AWS_LAMBDA_METADATA_TOKEN"]
            return [call("GET", token), call("GET", "wrong")[0], call("POST", token)[0]]
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {}, code))
    right, wrong, method = json.loads((await engine.invoke()).payload)
    assert right == [200, "private, max-age=43200, immutable", {"AvailabilityZoneID": "use1-az1"}]
    assert (wrong, method) == (401, 405)
