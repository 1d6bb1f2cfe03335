"""What goes wrong in a function fails as it does on Lambda, in every sandbox, and the engine goes on."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from pathlib import Path

import msgspec
import pytest

from tests.contract.conftest import StartEngine, in_a_process, with_either_client
from tests.support.engines import EngineInTest, until
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.model.engine_api import FailureLog
from workbench.model.failures import ServiceError

FILLED_MB = 512
"""A size whose share of a CPU fills it in a second: a function of 128 MB may need a minute for its own, on a busy machine."""
FILL_LIMIT_S = 120


async def _answers_again(engine: EngineInTest, workspace: Path) -> None:
    """After any failure the same function, mended, succeeds."""
    (workspace / "function" / "app.py").write_text("def handler(event, context):\n    return 'mended'\n")
    await engine.client.refresh()
    assert (await engine.invoke()).payload == '"mended"'


async def test_handler_raises(start: StartEngine, tmp_path: Path) -> None:
    workspace = one_function(tmp_path / "w", "def handler(event, context):\n    raise ValueError('boom')\n")
    engine = await start(workspace)
    invocation = await engine.invoke()
    error = json.loads(invocation.payload)
    assert (invocation.status, invocation.function_error) == ("error", "Unhandled")
    assert (error["errorMessage"], error["errorType"], error["requestId"]) == ("boom", "ValueError", invocation.request_id)
    assert "raise ValueError" in error["stackTrace"][0]
    assert any(line.startswith("[ERROR] ValueError: boom\nTraceback") for line in invocation.log_lines())
    assert (await engine.invoke()).start == "warm"
    await _answers_again(engine, workspace)


NOT_STARTING = {
    "NoModule": ("import missing_module_x\n", "app.handler", "Runtime.ImportModuleError",
                 "Unable to import module 'app': No module named 'missing_module_x'"),
    "Syntax": ("def handler(:\n", "app.handler", "Runtime.UserCodeSyntaxError",
               "Syntax error in module 'app': invalid syntax (app.py, line 1)"),
    "NoHandler": ("x = 1\n", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
    "BadName": ("x = 1\n", "handler", "Runtime.MalformedHandlerName",
                "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"),
    "Raises": ("raise RuntimeError('at import')\n", "app.handler", "RuntimeError", "at import"),
}
"""Function name -> code, handler, error type, message."""


@with_either_client
async def test_function_does_not_start(start: StartEngine, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, (code, handler, _, _) in NOT_STARTING.items():
        builder.function(name, {"app.py": code}, handler=handler)
    engine = await start(builder.write())
    for name, (_, _, error_type, message) in NOT_STARTING.items():
        invocation = await engine.invoke(function=name)
        error = json.loads(invocation.payload)
        assert (error["errorType"], error["errorMessage"]) == (error_type, message), invocation.log_lines()
        assert invocation.status == "error"
        reports = [line for line in invocation.log_lines() if line.startswith("INIT_REPORT")]
        assert ["Phase: init" in reports[0], "Phase: invoke" in reports[1]] == [True, True]
        assert invocation.log_lines()[-1].startswith("REPORT ")


async def test_timeout(start: StartEngine, tmp_path: Path) -> None:
    code = """
        import time
        def handler(event, context):
            print("before")
            time.sleep(event.get("s", 0))
            return "done"
    """
    engine = await start(one_function(tmp_path / "w", code, timeout_s=1))
    assert (await engine.invoke()).status == "success"
    invocation = await engine.invoke({"s": 30})
    assert json.loads(invocation.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {invocation.request_id} Error: Task timed out after 1.00 seconds",
    }
    assert invocation.status == "timeout"
    log = invocation.log_lines()
    assert "before" in log
    assert any(line.endswith(f"{invocation.request_id} Task timed out after 1.00 seconds") for line in log)
    assert log[-1].endswith("\tStatus: timeout")
    again = await engine.invoke()
    assert (again.status, again.environment_id) == ("success", invocation.environment_id)
    assert again.metrics is not None
    assert again.metrics.init_duration_ms is None  # INIT again, but inside the invocation


ENDS = {
    "sys.exit(0)": "Runtime exited without providing a reason",
    "sys.exit(3)": "Runtime exited with error: exit status 3",
    "os._exit(4)": "Runtime exited with error: exit status 4",
    "os.kill(os.getpid(), 9)": "Runtime exited with error: signal: killed",
    "os.abort()": "Runtime exited with error: signal: aborted",
}
"""What a handler does -> how Lambda tells of it."""


async def test_process_ends(start: StartEngine, tmp_path: Path) -> None:
    """In one environment, that is whole again for the next."""
    code = "import os, sys\ndef handler(event, context):\n    print('last words')\n    exec(event)\n"
    engine = await start(one_function(tmp_path / "w", code))
    for statement, message in ENDS.items():
        invocation = await engine.invoke(statement)
        assert json.loads(invocation.payload) == {
            "errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {invocation.request_id} Error: {message}",
        }
        log = invocation.log_lines()
        assert "last words" in log
        assert log[-1].endswith("\tStatus: error\tError Type: Runtime.ExitError")


async def test_out_of_memory(start: StartEngine, tmp_path: Path) -> None:
    code = """
        import time
        def handler(event, context):
            kept = []
            while True:
                kept.append(bytearray(b"x") * 8_000_000)
                time.sleep(0.002)
    """
    engine = await start(one_function(tmp_path / "w", code, memory_mb=FILLED_MB, timeout_s=FILL_LIMIT_S))
    invocation = await engine.invoke()
    error = json.loads(invocation.payload)
    assert error["errorType"] == "Runtime.OutOfMemory"
    assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert invocation.out_of_memory
    assert invocation.metrics is not None
    assert invocation.metrics.max_memory_used_mb >= FILLED_MB - 16


async def test_out_of_memory_in_a_child_process(start: StartEngine, tmp_path: Path) -> None:
    """The handler could go on, its environment cannot: in its first invocation, and in a later one."""
    code = """
        import subprocess, sys, time
        ALLOCATE = "kept = [bytearray(b'x') * 8_000_000 for _ in range(100)]"
        def handler(event, context):
            if event:
                subprocess.run([sys.executable, "-c", ALLOCATE])
                time.sleep(30)  # the engine looks for such kills every 25 ms, and less often on a busy machine
            return event
    """
    engine = await start(one_function(tmp_path / "w", code, memory_mb=FILLED_MB, timeout_s=FILL_LIMIT_S))
    for _ in range(2):
        invocation = await engine.invoke({"allocate": True})
        error = json.loads(invocation.payload)
        assert error["errorType"] == "Runtime.OutOfMemory"
        assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")
        assert invocation.out_of_memory
        assert (await engine.invoke()).payload == "{}"


@with_either_client
async def test_result_too_large_and_not_serialisable(start: StartEngine, tmp_path: Path) -> None:
    code = """
        import datetime
        def handler(event, context):
            return "x" * event["size"] if "size" in event else datetime.datetime(2026, 1, 1)
    """
    engine = await start(one_function(tmp_path / "w", code))
    fits = await engine.invoke({"size": 6_291_554})
    assert (fits.status, len(fits.payload)) == ("success", 6_291_556)
    too_large = await engine.invoke({"size": 6_291_555})
    assert json.loads(too_large.payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    unserialisable = await engine.invoke()
    assert json.loads(unserialisable.payload)["errorType"] == "Runtime.MarshalError"
    assert "Object of type datetime is not JSON serializable" in json.loads(unserialisable.payload)["errorMessage"]


@in_a_process
async def test_events_that_lambda_refuses(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", "def handler(event, context):\n    return event\n"))
    with pytest.raises(ServiceError) as no_json:
        await engine.invoke(b"{not json")
    assert (no_json.value.code, no_json.value.status) == ("InvalidRequestContentException", 400)
    assert no_json.value.message.startswith("Could not parse request body into json: Could not parse payload into json: ")
    with pytest.raises(ServiceError) as too_large:
        await engine.invoke(b'"' + b"x" * 6_291_456 + b'"')
    assert (too_large.value.status, too_large.value.message) == (
        413, "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )
    with pytest.raises(ServiceError) as unknown:
        await engine.invoke(function="Nobody")
    assert unknown.value.message == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:Nobody:$LATEST"
    assert (await engine.invoke(b"")).payload == "{}"


@with_either_client
async def test_cancelled_in_the_middle(start: StartEngine, tmp_path: Path) -> None:
    code = "import time\ndef handler(event, context):\n    print('sleeping')\n    time.sleep(60)\n"
    engine = await start(one_function(tmp_path / "w", code, timeout_s=100))
    request_id = str(uuid.uuid4())
    call = asyncio.create_task(engine.client.invoke("Function", b"{}", request_id=request_id))
    await until(lambda: _has_line(engine, "sleeping"))
    await engine.client.cancel(request_id)
    answer = await call
    assert json.loads(answer.payload)["errorType"] == "Sandbox.Canceled"
    await until(lambda: _all_idle(engine))


@with_either_client
async def test_cancelled_during_init(start: StartEngine, tmp_path: Path) -> None:
    code = "import time\nprint('importing', flush=True)\ntime.sleep(60)\ndef handler(event, context):\n    return 1\n"
    engine = await start(one_function(tmp_path / "w", code, timeout_s=100))
    request_id = str(uuid.uuid4())
    call = asyncio.create_task(engine.client.invoke("Function", b"{}", request_id=request_id))
    await until(lambda: _has_line(engine, "importing"))
    await engine.client.cancel(request_id)
    with pytest.raises(ServiceError, match="The invocation was canceled before it began"):
        await call
    await until(lambda: _none_left(engine))


async def _none_left(engine: EngineInTest) -> bool:
    return not await engine.states()


async def _has_line(engine: EngineInTest, text: str) -> bool:
    return any(event.type == "function" and event.record == text for event in await engine.client.events())


async def _all_idle(engine: EngineInTest) -> bool:
    return set(await engine.states()) <= {"idle"}


async def test_custom_runtime_without_bootstrap(start: StartEngine, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    workspace = builder.function("Function", {"readme.txt": "no bootstrap"}, runtime="provided.al2023", handler="x").write()
    engine = await start(workspace)
    invocation = await engine.invoke()
    error = json.loads(invocation.payload)
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert re.search(r"Couldn't find valid bootstrap\(s\): \[.*/bootstrap", error["errorMessage"])
    assert invocation.metrics is not None
    assert invocation.metrics.duration_ms < 900, "nobody waits for the end of what never began"


OLD_LINES = ["RequestId: {id} Error: Runtime exited with error: exit status 3", "Runtime.ExitError"]
FAILURE_LOGS: dict[FailureLog, tuple[list[str], str]] = {
    "both": (OLD_LINES, "\tStatus: error\tError Type: Runtime.ExitError"),
    "new": ([], "\tStatus: error\tError Type: Runtime.ExitError"),
    "old": (OLD_LINES, "\t"),
}
"""Setting -> lines before END, end of the REPORT."""


@in_a_process
async def test_a_failure_in_the_log_of_the_older_and_the_newer_platform(start: StartEngine, tmp_path: Path) -> None:
    engine = await start(one_function(tmp_path / "w", "import os\ndef handler(event, context):\n    os._exit(3)\n"))
    settings = (await engine.client.health()).settings
    for failure_log, (old, status) in FAILURE_LOGS.items():
        await engine.client.change_settings(msgspec.structs.replace(settings, failure_log=failure_log))

        invocation = await engine.invoke({}, cold=True)

        _, start_line, *between, end, report = invocation.log_lines()
        request_id = invocation.request_id
        assert start_line.startswith("START ")
        assert between == [line.format(id=request_id) for line in old]
        assert end == f"END RequestId: {request_id}"
        assert report.partition(" ms")[2].endswith(status)
        assert report.count("\tStatus: ") == (failure_log != "old")
