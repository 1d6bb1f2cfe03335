"""Limits of Lambda that a plain process is held to where the system lets us, and how a function meets them."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.support.engines import EngineInTest, engine_in_test, until
from tests.support.process_sandboxes import is_alive
from tests.support.workspaces import WorkspaceBuilder
from workbench.sandbox.process.usable_groups import usable_groups

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


def _enforced() -> frozenset[str]:
    groups = usable_groups()
    groups.close()
    return groups.enforced


ENFORCED = _enforced()
needs_memory = pytest.mark.skipif("memory" not in ENFORCED, reason="no control group for memory here")
needs_pids = pytest.mark.skipif("pids" not in ENFORCED, reason="no control group for processes here")
needs_cpu = pytest.mark.skipif("cpu" not in ENFORCED, reason="no control group for CPU time here")

CODE = """
    import errno, os, signal, subprocess, sys, time
    def open_files(event):
        files = []
        try:
            while len(files) < 2000:
                files.append(open("/dev/null"))
        except OSError as error:
            return [len(files), errno.errorcode[error.errno]]
        return [len(files), ""]
    def fork(event):
        children = []
        try:
            while len(children) < 3000:
                child = os.fork()
                if child == 0:
                    signal.pause()
                children.append(child)
        except OSError as error:
            return [len(children), errno.errorcode[error.errno]]
    def bomb(event):
        while True:
            try:
                os.fork()
            except OSError:
                pass
    def escape(event):
        child = os.fork()
        if child == 0:
            os.setsid()
            with open(event["file"], "w") as file:
                while True:
                    file.seek(0)
                    file.write(str(time.monotonic_ns()))
                    file.flush()
        while not os.path.exists(event["file"]):
            time.sleep(0.01)
        return child
    def burst(event):
        return len(bytearray(b"x") * (event["mb"] << 20))
    def child_burst(event):
        code = "kept = bytearray(b'x') * (900 << 20)"
        return subprocess.run([sys.executable, "-Sc", code]).returncode
    def work(event):
        until = time.thread_time() + 0.1
        begun = time.monotonic()
        while time.thread_time() < until:
            pass
        return time.monotonic() - begun
    def handler(event, context):
        return globals()[event["do"]](event) if "do" in event else os.getpid()
"""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineInTest]:
    builder = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.py": CODE}, memory_mb=1769, timeout_s=3)
    builder.function("Patient", {"app.py": CODE}, memory_mb=1769, timeout_s=120)
    workspace = builder.function("Small", {"app.py": CODE}, memory_mb=128, timeout_s=60).write()
    async with engine_in_test(workspace) as started:
        yield started


async def _answers(engine: EngineInTest, function: str = "Function") -> int:
    """The environment is right again; the number of its process."""
    invocation = await engine.invoke(function=function)
    assert invocation.status == "success", (invocation.document(), invocation.log_lines(), invocation.payload)
    return int(invocation.payload)


async def test_1024_open_files_and_processes(engine: EngineInTest) -> None:
    count, error = json.loads((await engine.invoke({"do": "open_files"}, "Patient")).payload)
    assert 1000 <= count < 1024
    assert error == "EMFILE"
    if "pids" in ENFORCED:
        assert json.loads((await engine.invoke({"do": "fork"}, "Patient")).payload) == [1023, "EAGAIN"]


@needs_pids
async def test_a_fork_bomb_is_contained_and_the_next_invocation_is_right(engine: EngineInTest) -> None:
    bombed = await engine.invoke({"do": "bomb"})
    assert bombed.status == "timeout"
    pid = await _answers(engine)
    assert psutil.Process(pid).children() == []


@needs_memory
async def test_what_leaves_its_session_is_frozen_and_gone_in_the_end(engine: EngineInTest, tmp_path: Path) -> None:
    file = tmp_path / "ticks"
    escaped = int((await engine.invoke({"do": "escape", "file": str(file)}, "Patient")).payload)
    await until(lambda: psutil.Process(escaped).status() == psutil.STATUS_STOPPED)
    await _answers(engine, "Patient")
    assert is_alive(escaped)
    await engine.invoke(function="Patient", cold=True)
    await until(lambda: not is_alive(escaped))


@needs_memory
async def test_a_quick_allocation_over_the_memory_is_killed_by_the_kernel_also_in_a_child(engine: EngineInTest) -> None:
    """Too quick for a look 40 times a second: the memory would be there and gone again in between."""
    invocation = await engine.invoke({"do": "burst", "mb": 140}, "Small")
    error = json.loads(invocation.payload)
    assert error["errorType"] == "Runtime.OutOfMemory"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert invocation.metrics is not None
    assert invocation.metrics.max_memory_used_mb == 128
    await _answers(engine, "Small")
    by_a_child = await engine.invoke({"do": "child_burst"}, "Small")
    # The handler may have answered before the rest of the environment was ended for it.
    assert by_a_child.payload == "-9" or json.loads(by_a_child.payload)["errorType"] == "Runtime.OutOfMemory"


@needs_cpu
async def test_cpu_time_is_that_of_the_memory_size(engine: EngineInTest) -> None:
    """128 MB are 0.07 of a CPU: 100 ms of work take at least a second (never less than the quota allows; a burst is left off)."""
    await _answers(engine, "Small")
    took_s = float((await engine.invoke({"do": "work"}, "Small")).payload)
    assert took_s > 1.0


async def test_nothing_is_left_of_the_control_groups(tmp_path: Path) -> None:
    workspace = WorkspaceBuilder(tmp_path / "w").function("Function", {"app.py": CODE}).write()
    async with engine_in_test(workspace) as engine:
        pid = await _answers(engine)
        lines = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
        folders = [Path("/sys/fs/cgroup") / name / path.lstrip("/") for _, name, path in lines if "workbench-" in path]
        assert len(folders) == len(ENFORCED)
        assert all(folder.is_dir() for folder in folders)
    assert not any(folder.exists() for folder in folders)
