"""/tmp over a reset: files stay, module globals do not. Source: Lambda guide, "Lambda execution environment"."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine
from tests.support.engines import EngineInTest
from tests.support.extensions import workspace_with_extensions
from tests.support.workspaces import WorkspaceBuilder

pytestmark = [pytest.mark.docker, pytest.mark.parametrize("sandbox", ["docker"])]

CODE = """
import os, time
count = 0
def handler(event, context):
    global count
    count += 1
    if event == "hang":
        time.sleep(60)
    elif event == "exit":
        os._exit(1)
    elif event == "memory":
        return len(bytearray(b"x") * (1 << 30))
    elif event:
        with open("/tmp/kept", "a") as file:
            file.write(event)
    return [open("/tmp/kept").read() if os.path.exists("/tmp/kept") else "", count]
"""


async def answer(engine: EngineInTest, event: str, function: str = "Function", *, cold: bool = False) -> object:
    invocation = await engine.invoke(event or None, function, cold=cold)
    assert not invocation.function_error, invocation.payload
    return json.loads(invocation.payload)


FAILURES = {
    "hang": ("timeout", "Task timed out after 5.00 seconds"),
    "exit": ("error", "exited with error: exit status 1"),
    "memory": ("error", "signal: killed"),
}
"""Event -> status, and what is in the error's document."""


async def test_files_stay_when_the_runtime_does_not(start: StartEngine, tmp_path: Path) -> None:
    """Of one environment, and another one has another /tmp. Filling memory has the time of its own function: it may be slow."""
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.py": CODE}, memory_mb=512, timeout_s=5)
    engine = await start(builder.function("Patient", {"app.py": CODE}, memory_mb=512, timeout_s=60).write())
    for failure, (status, message) in FAILURES.items():
        name = "Patient" if failure == "memory" else "Function"
        assert await answer(engine, "a", name, cold=True) == ["a", 1]
        assert await answer(engine, "b", name) == ["ab", 2]
        broken = await engine.invoke(failure, name)
        assert (broken.status, message in broken.payload) == (status, True), broken.payload
        assert await answer(engine, "c", name) == ["abc", 1]
        assert await answer(engine, "", name) == ["abc", 2]


async def test_an_extension_has_the_same_tmp(start: StartEngine, tmp_path: Path) -> None:
    writing = """
        open("/tmp/kept", "w").write("of the extension")
        register(["INVOKE"])
        while True:
            next_event()
    """
    engine = await start(workspace_with_extensions(tmp_path / "w", {"writing": writing}, CODE))
    assert await answer(engine, "") == ["of the extension", 1]
