"""An invocation that goes well, in every sandbox: answer, log, REPORT, phases, figures."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from tests.contract.conftest import StartEngine, in_a_process
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.state.invocation import Invocation

ECHO = """
    import os
    count = 0

    def handler(event, context):
        global count
        count += 1
        print("marker", event.get("marker"))
        return {"event": event, "count": count, "requestId": context.aws_request_id,
                "remaining": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn,
                "memory": context.memory_limit_in_mb, "cwd_has_code": os.path.exists("app.py"),
                "variables": {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "LAMBDA_", "_HANDLER", "OWN", "TZ"))}}
"""


async def test_cold_then_warm_with_log_context_and_variables(start: StartEngine, sandbox: str, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", ECHO, environment={"OWN_THING": "v"}))
    cold = await engine.invoke({"marker": "ü✓"})
    warm = await engine.invoke({"marker": "b"})

    assert (cold.status, cold.start, warm.status, warm.start) == ("success", "cold", "success", "warm"), cold.document()
    _phases_and_figures(cold, warm, sandbox)
    _log_is_what_cloudwatch_would_hold(cold, warm)
    _context_and_reserved_variables(cold, sandbox)


def _phases_and_figures(cold: Invocation, warm: Invocation, sandbox: str) -> None:
    assert cold.environment_id == warm.environment_id
    assert cold.sandbox == sandbox
    document = cold.document()
    names = [phase["name"] for phase in document["phases"]]
    assert names[:2] == ["createSandbox", "startSandbox"]
    assert names[-2:] == ["invoke", "runtimeOverhead"]
    assert all(phase["durationMs"] >= 0 for phase in document["phases"])
    assert cold.metrics is not None
    assert warm.metrics is not None
    assert cold.metrics.init_duration_ms is not None
    assert warm.metrics.init_duration_ms is None
    assert cold.metrics.billed_duration_ms >= cold.metrics.duration_ms + cold.metrics.init_duration_ms - 0.01
    assert 1 < cold.metrics.max_memory_used_mb < 256


def _log_is_what_cloudwatch_would_hold(cold: Invocation, warm: Invocation) -> None:
    log = cold.log_lines()
    request = cold.request_id
    assert log[0].startswith("INIT_START Runtime Version: ")
    assert log[1:4] == [f"START RequestId: {request} Version: $LATEST", "marker ü✓", f"END RequestId: {request}"]
    assert re.fullmatch(
        rf"REPORT RequestId: {request}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB"
        r"\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t",
        log[4],
    ), log[4]
    assert [line.split("\t")[0] for line in warm.log_lines()][:3] == [
        f"START RequestId: {warm.request_id} Version: $LATEST", "marker b", f"END RequestId: {warm.request_id}",
    ]
    assert len(warm.log_lines()) == 4


def _context_and_reserved_variables(cold: Invocation, sandbox: str) -> None:
    answer = json.loads(cold.payload)
    variables = answer["variables"]
    assert answer["event"] == {"marker": "ü✓"}
    assert answer["requestId"] == cold.request_id
    assert 0 < answer["remaining"] <= 10_000
    assert answer["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:Function"
    assert answer["memory"] == "256"
    assert answer["cwd_has_code"]
    assert variables["OWN_THING"] == "v"
    assert variables["_HANDLER"] == "app.handler"
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "Function"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/Function"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", variables["AWS_LAMBDA_LOG_STREAM_NAME"])
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", variables["AWS_ACCESS_KEY_ID"])
    if sandbox == "docker":
        assert variables["LAMBDA_TASK_ROOT"] == "/var/task"


@in_a_process
async def test_a_second_concurrent_call_starts_a_second_environment(start: StartEngine, tmp_path: Path) -> None:
    code = """
        import time
        def handler(event, context):
            time.sleep(0.4)
            return context.log_stream_name
    """
    engine = await start(one_function(tmp_path / "w", code))
    first, second = await asyncio.gather(engine.invoke(), engine.invoke())
    assert first.payload != second.payload
    assert {first.start, second.start} == {"cold"}
    third = await engine.invoke()
    assert third.start == "warm"
    assert third.payload in (first.payload, second.payload)


@in_a_process
async def test_saving_code_is_enough(start: StartEngine, tmp_path: Path) -> None:
    workspace = one_function(tmp_path / "w", "def handler(event, context):\n    return 1\n")
    engine = await start(workspace)
    assert (await engine.invoke()).payload == "1"
    (workspace / "function" / "app.py").write_text("def handler(event, context):\n    return 22\n")
    await engine.client.refresh()
    changed = await engine.invoke()
    assert (changed.payload, changed.start) == ("22", "cold")


async def test_every_line_belongs_to_its_request(start: StartEngine, tmp_path: Path) -> None:
    code = """
        import sys
        def handler(event, context):
            for i in range(3):
                print(f"{event['n']}-{i}")
            print(f"{event['n']}-e", file=sys.stderr)
    """
    engine = await start(one_function(tmp_path / "w", code))
    for number in range(20):
        invocation = await engine.invoke({"n": number})
        lines = [line for line in invocation.log_lines() if line.startswith(f"{number}-")]
        assert lines == [f"{number}-0", f"{number}-1", f"{number}-2", f"{number}-e"], invocation.log_lines()
        assert len(invocation.log_lines()) == (8 if number == 0 else 7)


async def test_custom_runtime(start: StartEngine, tmp_path: Path) -> None:
    bootstrap = """\
        #!/usr/bin/env python3
        import os, urllib.request
        api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
        while True:
            with urllib.request.urlopen(api + "next") as event:
                request_id, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
            answer = b'{"handler": "%s", "got": %s}' % (os.environ["_HANDLER"].encode(), body)
            urllib.request.urlopen(api + request_id + "/response", data=answer).close()
    """
    builder = WorkspaceBuilder(tmp_path / "w")
    workspace = builder.function("Function", {"bootstrap": bootstrap}, runtime="provided.al2023", handler="any thing").write()
    (workspace / "function" / "bootstrap").chmod(0o755)
    text = (workspace / "template.yaml").read_text().replace("any thing", "anything")
    (workspace / "template.yaml").write_text(text)
    engine = await start(workspace)
    invocation = await engine.invoke({"a": 1})
    assert invocation.payload == '{"handler": "anything", "got": {"a":1}}', invocation.document()
