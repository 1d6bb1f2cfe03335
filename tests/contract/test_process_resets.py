"""What a reset keeps in the process sandbox and what it does not: files in /tmp stay until the environment is gone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.process_sandboxes import is_alive
from tests.support.workspaces import one_function

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
        engine = await stack.enter_async_context(engine_in_test(one_function(tmp_path / "w", CODE, timeout_s=1)))
        answers = [json.loads((await engine.invoke({"write": "x"})).payload)]
        await engine.invoke({"end": "exit"})
        answers.append(json.loads((await engine.invoke({"write": "y"})).payload))
        await engine.invoke({"end": "exit"})  # no process at all when the engine closes
    assert not any(Path(answer["folder"]).exists() for answer in answers)
    assert not any(is_alive(answer["pid"]) for answer in answers)
