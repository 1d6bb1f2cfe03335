"""`sandbox.reset`: told exactly when an environment's processes are gone and it is not."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.model.events import StreamEvent

PYTHON = """
    import os, time
    def handler(event, context):
        if event.get("end") == "raise":
            raise ValueError("on purpose")
        if event.get("end") == "timeout":
            time.sleep(60)
        if event.get("end") == "exit":
            os._exit(1)
        return {"pid": os.getpid()}
"""
NODE = """
    exports.handler = async (event) => "x".repeat(event.size ?? 1);
"""


async def resets(engine: EngineInTest) -> list[StreamEvent]:
    return [event for event in await engine.client.events() if event.type == "sandbox.reset"]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineInTest]:
    async with engine_in_test(one_function(tmp_path / "w", PYTHON, timeout_s=1)) as started:
        yield started


@pytest.mark.parametrize(("end", "reason"), [("timeout", "timeout"), ("exit", "error")])
async def test_after_the_report_of_what_broke_it(engine: EngineInTest, end: str, reason: str) -> None:
    ended = await engine.invoke({"end": end})
    await engine.invoke()  # what is told after the report is told by then
    events = await engine.client.events()
    own = [event for event in events if event.environment_id == ended.environment_id]
    reset = next(event for event in own if event.type == "sandbox.reset")
    assert (reset.fields(), reset.request_id) == ({"reason": reason}, "")
    assert reset.seq > next(event.seq for event in own if event.type == "platform.report")


async def test_not_after_an_error_that_the_handler_raised(engine: EngineInTest) -> None:
    await engine.invoke({"end": "raise"})
    again = await engine.invoke()
    assert (again.start, again.init_again_ms) == ("warm", 0.0)
    assert await resets(engine) == []


async def test_one_that_died_at_rest(engine: EngineInTest) -> None:
    first = await engine.invoke()
    os.kill(json.loads(first.payload)["pid"], signal.SIGKILL)
    await until(lambda: resets(engine))
    assert [(event.environment_id, event.fields()) for event in await resets(engine)] == [
        (first.environment_id, {"reason": "failure"})]


async def test_not_after_an_answer_that_was_too_large(tmp_path: Path) -> None:
    root = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.js": NODE}, runtime="nodejs20.x").write()
    async with engine_in_test(root) as engine:
        too_large = await engine.invoke({"size": 6_300_000})
        assert json.loads(too_large.payload)["errorType"] == "Function.ResponseSizeTooLarge"
        again = await engine.invoke()
        assert (again.environment_id, again.init_again_ms) == (too_large.environment_id, 0.0)
        assert await resets(engine) == []
