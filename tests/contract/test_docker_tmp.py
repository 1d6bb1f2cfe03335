"""/tmp over a reset: files stay, module globals do not. Source: Lambda guide, "Lambda execution environment"."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.engines import EngineInTest, engine_in_test
from tests.support.extensions import workspace_with_extensions
from tests.support.workspaces import one_function

pytestmark = pytest.mark.docker

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


@pytest.fixture
async def engine(tmp_path: Path, docker_images: dict[str, str]) -> AsyncIterator[EngineInTest]:
    workspace = one_function(tmp_path / "w", CODE, memory_mb=512, timeout_s=60)
    async with engine_in_test(workspace, sandbox="docker", images=docker_images) as engine:
        yield engine


async def answer(engine: EngineInTest, event: str, *, cold: bool = False) -> object:
    invocation = await engine.invoke(event or None, cold=cold)
    assert not invocation.function_error, invocation.payload
    return json.loads(invocation.payload)


@pytest.mark.parametrize(("failure", "status", "message"), [
    ("hang", "timeout", "Task timed out after 5.00 seconds"),
    ("exit", "error", "exited with error: exit status 1"),
    ("memory", "error", "signal: killed")])
async def test_files_stay_when_the_runtime_does_not(
    tmp_path: Path, docker_images: dict[str, str], failure: str, status: str, message: str
) -> None:
    """Filling memory is given time: a machine that is busy with others does it slowly."""
    workspace = one_function(tmp_path / "w", CODE, memory_mb=512, timeout_s=5 if failure == "hang" else 60)
    async with engine_in_test(workspace, sandbox="docker", images=docker_images) as engine:
        assert await answer(engine, "a") == ["a", 1]
        assert await answer(engine, "b") == ["ab", 2]
        broken = await engine.invoke(failure)
        assert (broken.status, message in broken.payload) == (status, True), broken.payload
        assert await answer(engine, "c") == ["abc", 1]
        assert await answer(engine, "") == ["abc", 2]


async def test_another_environment_has_another_tmp(engine: EngineInTest) -> None:
    assert await answer(engine, "a") == ["a", 1]
    assert await answer(engine, "", cold=True) == ["", 1]


async def test_an_extension_has_the_same_tmp(tmp_path: Path, docker_images: dict[str, str]) -> None:
    writing = """
        open("/tmp/kept", "w").write("of the extension")
        register(["INVOKE"])
        while True:
            next_event()
    """
    workspace = workspace_with_extensions(tmp_path / "w", {"writing": writing}, CODE)
    async with engine_in_test(workspace, sandbox="docker", images=docker_images) as engine:
        assert await answer(engine, "") == ["of the extension", 1]
