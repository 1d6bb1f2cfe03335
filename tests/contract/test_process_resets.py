"""What a reset keeps in the process sandbox and what it does not: files in /tmp stay until the environment is gone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.process_sandboxes import is_alive
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.engine.lifecycle.sandbox_session import SandboxSession

WAIT_S = 30.0

CODE = """
    import os, tempfile, time
    calls = 0
    def handler(event, context):
        global calls
        calls += 1
        folder = tempfile.gettempdir()
        if event.get("write"):
            with open(os.path.join(folder, "kept"), "w") as file:
                file.write(event["write"])
        if event.get("end") == "timeout":
            time.sleep(60)
        if event.get("end") == "exit":
            os._exit(1)
        kept = os.path.join(folder, "kept")
        text = open(kept).read() if os.path.exists(kept) else ""
        return {"calls": calls, "kept": text, "folder": folder, "pid": os.getpid()}
"""

DIES_AT_ONCE = """\
#!/usr/bin/env python3
import os, pathlib, socket, time, urllib.request
address = os.environ["AWS_LAMBDA_RUNTIME_API"]
path = "/2018-06-01/runtime/invocation/"
died = pathlib.Path(os.environ["DIED"])
if not died.exists():
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"GET {path}next HTTP/1.1\\r\\nHost: {address}\\r\\n\\r\\n".encode())
    if os.fork() == 0:
        os.setsid()
        died.touch()
        time.sleep(60)
    while not died.exists():
        pass
    os._exit(3)
while True:
    with urllib.request.urlopen(f"http://{address}{path}next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    urllib.request.urlopen(f"http://{address}{path}{request_id}/response", data=b"7").close()
"""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineInTest]:
    async with engine_in_test(one_function(tmp_path / "w", CODE, timeout_s=1)) as started:
        yield started


@pytest.mark.parametrize(("end", "error"), [("timeout", "Sandbox.Timedout"), ("exit", "Runtime.ExitError")])
async def test_files_survive_a_reset_and_globals_do_not(engine: EngineInTest, end: str, error: str) -> None:
    first = await engine.invoke({"write": "from the first"})
    assert json.loads(first.payload)["calls"] == 1
    ended = await engine.invoke({"end": end})
    assert json.loads(ended.payload)["errorType"] == error
    after = await engine.invoke()
    assert json.loads(after.payload) | {"pid": 0} == json.loads(first.payload) | {"pid": 0}
    assert json.loads(after.payload)["pid"] != json.loads(first.payload)["pid"]
    assert after.environment_id == first.environment_id == ended.environment_id


async def test_what_the_ended_invocation_wrote_is_there_too(engine: EngineInTest) -> None:
    await engine.invoke({"write": "in time", "end": "timeout"})
    assert json.loads((await engine.invoke()).payload)["kept"] == "in time"


async def test_another_environment_has_another_folder(engine: EngineInTest) -> None:
    first = json.loads((await engine.invoke({"write": "mine"})).payload)
    other = json.loads((await engine.invoke(cold=True)).payload)
    assert other["kept"] == ""
    assert other["folder"] != first["folder"]
    await until(lambda: not Path(first["folder"]).exists())


async def test_nothing_is_left_when_the_engine_is_closed(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_in_test(one_function(tmp_path / "w", CODE, timeout_s=10)))
        answers = [json.loads((await engine.invoke({"write": "x"})).payload)]
        await engine.invoke({"end": "exit"})
        answers.append(json.loads((await engine.invoke({"write": "y"})).payload))
        await engine.invoke({"end": "exit"})  # no process at all when the engine closes
    assert not any(Path(answer["folder"]).exists() for answer in answers)
    assert not any(is_alive(answer["pid"]) for answer in answers)


async def test_a_runtime_that_dies_as_init_ends_is_missed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it left behind keeps its connection open: only its exit tells. That comes while the last output is awaited."""
    drain, drained = SandboxSession.drain_output, []

    async def drain_slowly(session: SandboxSession) -> None:
        await drain(session)
        if not drained:
            await session.ended(WAIT_S)
            drained.append(session)

    monkeypatch.setattr(SandboxSession, "drain_output", drain_slowly)
    builder = WorkspaceBuilder(tmp_path / "w").function(
        "Function", {"bootstrap": DIES_AT_ONCE}, runtime="provided.al2023", timeout_s=4,
        environment={"DIED": str(tmp_path / "died")})
    workspace = builder.write()
    (workspace / "function" / "bootstrap").chmod(0o755)
    async with engine_in_test(workspace) as engine:
        invocation = await engine.invoke()
    assert drained
    assert (invocation.status, invocation.payload) == ("success", "7"), invocation.document()
    assert invocation.init_again_ms > 0
