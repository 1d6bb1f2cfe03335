"""Files in /tmp are no memory: on a disk where that can be had, else in memory that is watched. The memory size holds in both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import workbench.sandbox.disks as disks_module
from tests.contract.conftest import StartEngine
from tests.support.docker_engine import engine_answers
from tests.support.engines import EngineInTest
from tests.support.workspaces import one_function
from workbench.model.function import SandboxKind
from workbench.sandbox.disks import Disks
from workbench.sandbox.docker.connection import disks_for
from workbench.sandbox.docker.engine import find_engine
from workbench.sandbox.isolated.probe import isolated_status

MEMORY_MB, STORAGE_MB = 128, 512

CODE = """
import os, subprocess, sys, time
def handler(event, context):
    kept = bytearray()
    if "hold_mb" in event:
        kept = bytearray(event["hold_mb"] << 20)
        time.sleep(event["hold_s"])
    if "child_mb" in event:
        subprocess.run([sys.executable, "-c", f"bytearray({event['child_mb']} << 20)"], check=True)
    written = 0
    try:
        with open("/tmp/big", "wb") as file:
            for _ in range(event.get("mb", 0)):
                file.write(b"x" * 1048576)
                file.flush()
                written += 1
    except OSError as error:
        return [written, error.errno]
    finally:
        os.remove("/tmp/big")
    return [written, len(os.listdir("/tmp"))]
"""


@pytest.fixture(params=["isolated", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> SandboxKind:
    """Those whose /tmp has a size; in a process it is a folder of this machine."""
    if request.param == "isolated" and not (status := isolated_status()).available:
        pytest.skip(status.detail)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=["disk", "memory"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: SandboxKind) -> str:
    """Where /tmp is: on a disk (skipped where it cannot), or in memory, as without e2fsprogs."""
    if request.param == "memory":
        monkeypatch.setattr(disks_module, "can_make", lambda: False)
    elif sandbox == "docker" and engine_answers() and not disks_for(find_engine(), tmp_path).is_usable:
        pytest.skip("this machine's engine cannot have /tmp on a disk")
    elif sandbox == "isolated" and not Disks((tmp_path,)).is_usable:
        pytest.skip("only root has /tmp on a disk")
    return str(request.param)


@pytest.fixture
async def engine(tmp_path: Path, start: StartEngine, where: str) -> EngineInTest:
    return await start(one_function(tmp_path / "w", CODE, memory_mb=MEMORY_MB, timeout_s=60))


async def answer(engine: EngineInTest, event: dict[str, float], *, cold: bool = False) -> tuple[Any, int]:
    """What the handler returned, and Max Memory Used."""
    invocation = await engine.invoke(event, cold=cold)
    assert not invocation.function_error, invocation.payload
    assert invocation.metrics is not None
    return json.loads(invocation.payload), invocation.metrics.max_memory_used_mb


async def test_files_are_no_memory_and_memory_of_its_own_is(engine: EngineInTest, sandbox: SandboxKind, where: str) -> None:
    """In one environment until it is broken, for Max Memory Used only grows in it; a child is looked at in one of its own."""
    await _what_is_not_enforced_is_told_and_the_warning_counts_what_is_memory(engine, where)
    await _files_fit_to_the_exact_size(engine)
    await _memory_of_its_own_still_counts_and_ends_it(engine)
    if sandbox == "docker" and where == "disk":
        await _the_memory_of_a_child_counts(engine)


async def _what_is_not_enforced_is_told_and_the_warning_counts_what_is_memory(engine: EngineInTest, where: str) -> None:
    total_mb, engine.memory.total_mb = engine.memory.total_mb, MEMORY_MB + STORAGE_MB / 2
    await answer(engine, {})
    engine.memory.total_mb = total_mb
    events = [event for event in await engine.client.events(limit=10_000) if event.type == "sandbox.progress"]
    warnings = [text for event in events if "may use" in (text := str(event.fields()["text"]))]
    assert [f"{STORAGE_MB} MB of it for /tmp" in text for text in warnings] == ([True] if where == "memory" else [])
    [environment] = await engine.client.environments()
    is_sampled = any("sampled" in sentence or "by looking" in sentence for sentence in environment.not_enforced)
    assert is_sampled is (where == "memory")
    assert not any("/tmp count" in sentence for sentence in environment.not_enforced)


async def _files_fit_to_the_exact_size(engine: EngineInTest) -> None:
    written, used_mb = await answer(engine, {"mb": STORAGE_MB + 1})
    assert written == [STORAGE_MB, 28]
    assert used_mb < 64


async def _the_memory_of_a_child_counts(engine: EngineInTest) -> None:
    """Not where it is sampled: a child of some milliseconds is not seen. In the isolated sandbox it is what living ones use."""
    _, used_mb = await answer(engine, {"child_mb": 60}, cold=True)
    assert used_mb >= 60


async def _memory_of_its_own_still_counts_and_ends_it(engine: EngineInTest) -> None:
    _, used_mb = await answer(engine, {"mb": 100, "hold_mb": 60, "hold_s": 2})
    assert 60 <= used_mb < 100
    broken = await engine.invoke({"mb": 10, "hold_mb": 200, "hold_s": 2})
    assert (broken.status, "signal: killed" in broken.payload) == ("error", True), broken.payload
    assert broken.metrics is not None
    assert broken.metrics.max_memory_used_mb in range(MEMORY_MB, 200)  # where it is sampled it may be over for a moment
    assert (await answer(engine, {"mb": 1}))[0] == [1, 0]
