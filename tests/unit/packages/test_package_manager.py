"""Programs that are run line by line and ended with all they started."""

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.engines import until
from workbench.model.failures import SandboxError
from workbench.packages.package_manager import ToolEnd, output_of, run_tool


async def run(folder: Path, code: str, lines: list[str]) -> ToolEnd:
    return await run_tool((sys.executable, "-u", "-c", code), folder=folder, variables=os.environ, line=lines.append)


async def test_lines_as_people_see_them(tmp_path: Path) -> None:
    lines: list[str] = []
    end = await run(tmp_path, r"""
import sys, os
print("plain"); print("\x1b[31mred\x1b[0m \u00e9", file=sys.stderr); print("10%\r50%\r100%\r"); print(); print("windows\r")
sys.stdout.buffer.write(b"\xff broken\n" + b"x" * 300_000 + b"\nlast without end"); sys.exit(3)""", lines)
    assert lines[:5] == ["plain", "red \u00e9", "100%", "windows", "\ufffd broken"]
    assert (set(lines[5]), len(lines[5]), lines[6:]) == ({"x"}, 32_000, ["last without end"])
    assert (end.status, end.last_lines) == (3, tuple(lines))


async def test_what_can_not_be_started(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="nowhere could not be started: No such file"):
        await run_tool((str(tmp_path / "nowhere"),), folder=tmp_path, variables={}, line=print)
    assert await output_of((str(tmp_path / "nowhere"),), folder=tmp_path, variables={}) is None
    assert await output_of((sys.executable, "-c", "exit(1)"), folder=tmp_path, variables={}) is None


FAMILY = """
import os, subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(sleeper)
stray = subprocess.Popen(sleeper, start_new_session=True)
orphan = subprocess.run([sys.executable, "-c", f"import subprocess; print(subprocess.Popen({sleeper!r}, stdout=2).pid)"],
                        stdout=subprocess.PIPE).stdout.decode().strip()
print(os.getpid(), child.pid, stray.pid, orphan)
time.sleep(600)
"""


async def cancelled(folder: Path, code: str) -> list[psutil.Process]:
    """The processes that the program names in its first line, after which it was cancelled."""
    named: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    command = (sys.executable, "-u", "-c", code)
    task = asyncio.create_task(run_tool(command, folder=folder, variables=os.environ, line=named.set_result))
    async with asyncio.timeout(30):
        family = [psutil.Process(int(pid)) for pid in (await named).split()]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    return family


async def test_what_left_its_session_and_its_parent_holds_nobody_up(tmp_path: Path) -> None:
    (escaped,) = await cancelled(tmp_path, FAMILY.replace("stdout=2)", "stdout=2, start_new_session=True)").replace(
        "os.getpid(), child.pid, stray.pid, orphan", "orphan"))
    assert escaped.is_running()
    escaped.kill()


async def test_cancelling_ends_children_strays_and_orphans(tmp_path: Path) -> None:
    family = await cancelled(tmp_path, FAMILY)
    await until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family))
