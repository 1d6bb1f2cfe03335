"""An engine that is killed leaves nothing running: at once by its guardian, else by the next engine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.support.process_sandboxes import eventually, function_in, is_alive, start, write_bootstrap
from workbench.runtimes.launcher import Launcher
from workbench.sandbox.process.control_group import ROOT
from workbench.sandbox.process.engine_folder import GROUP_PREFIX
from workbench.sandbox.process.orphans import Belongings, reap_orphans
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.storage.processes import RunningProcess, begun_s

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

CODE = "import os, signal\nprint('pid', os.getpid(), os.environ['TMPDIR'], flush=True)\nsignal.pause()"


ESCAPES = ("import os, signal, subprocess, sys\n"
           "child = 'if os.fork(): os._exit(0)\\nos.setsid()\\nif os.fork(): os._exit(0)\\n'\n"
           "child += 'print(os.getpid(), flush=True)\\nsignal.pause()'\n"
           "daemon = subprocess.Popen([sys.executable, '-Sc', 'import os, signal\\n' + child], stdout=subprocess.PIPE)\n"
           "print('pid', int(daemon.stdout.readline()), os.environ['TMPDIR'], flush=True)\nsignal.pause()")


async def _killed_engine(
        code: Path, orphans_file: Path, how: str, program: str = CODE) -> tuple[list[int], list[Path]]:
    """Run an engine to its violent end; the numbers of its two runtimes, their temporary folders and control groups."""
    write_bootstrap(code, program)
    _temp(orphans_file).mkdir(parents=True)
    engine = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.doomed_engine", str(code), str(orphans_file), how,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "TMPDIR": str(_temp(orphans_file))})
    assert engine.stdout is not None
    lines = [(await engine.stdout.readline()).decode().split() for _ in range(2)]
    groups = [folder for pid, _ in lines for folder in _groups_of(int(pid))]
    engine.send_signal(signal.SIGKILL)
    await engine.wait()
    return [int(pid) for pid, _ in lines], [Path(folder) for _, folder in lines] + groups


def _temp(orphans_file: Path) -> Path:
    """Where the killed engine had its temporary folders: two runtimes', and one that was made ahead."""
    return orphans_file.parent / "temp"


def _groups_of(pid: int) -> list[Path]:
    """The control groups that the engine made for this process, and the folders in which they lie."""
    lines = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
    groups = [ROOT / controller / path.lstrip("/") for _, controller, path in lines if GROUP_PREFIX in path]
    return [folder for group in groups for folder in (group, group.parent)]


async def test_the_guardian_kills_frozen_and_running_runtimes_of_a_killed_engine(code: Path, orphans_file: Path) -> None:
    pids, folders = await _killed_engine(code, orphans_file, "guarded")
    await eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert reap_orphans(orphans_file) == 0
    assert not any(folder.exists() for folder in folders)


async def test_the_guardian_ends_what_left_its_session_too(
        provider: ProcessSandboxProvider, code: Path, orphans_file: Path) -> None:
    pids, folders = await _killed_engine(code, orphans_file, "guarded", ESCAPES)
    if len(folders) > 2:
        await eventually(lambda: not any(is_alive(pid) for pid in pids))
        await eventually(lambda: not any(folder.exists() for folder in folders[2:]))
    await provider.reap_orphans()
    await eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert not any(folder.exists() for folder in folders)


async def test_the_next_engine_reaps_what_is_left(provider: ProcessSandboxProvider, code: Path, orphans_file: Path) -> None:
    pids, folders = await _killed_engine(code, orphans_file, "alone")
    assert all(is_alive(pid) for pid in pids)
    assert all(folder.exists() for folder in folders)
    assert len(list(_temp(orphans_file).iterdir())) == 3
    assert await provider.reap_orphans() == 2
    await eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert not any(folder.exists() for folder in folders)
    assert not list(_temp(orphans_file).iterdir())
    assert not orphans_file.exists()


@pytest.mark.parametrize("provider", ["signals"], indirect=True)
async def test_the_first_prepare_reaps_too(provider: ProcessSandboxProvider, code: Path, orphans_file: Path) -> None:
    pids, _ = await _killed_engine(code, orphans_file, "alone")
    await provider.prepare(function_in(code), lambda _: None)
    await eventually(lambda: not any(is_alive(pid) for pid in pids))


async def test_runtimes_of_a_living_engine_are_left_alone(
        provider: ProcessSandboxProvider, code: Path, orphans_file: Path) -> None:
    write_bootstrap(code, CODE)
    started = await start(provider, function_in(code))
    pid = int((await started.line_after("pid")).split()[0])
    assert reap_orphans(orphans_file) == 0
    assert is_alive(pid)


async def test_another_process_with_an_old_number_is_left_alone(tmp_path: Path) -> None:
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", "import signal; signal.pause()")
    created_s = begun_s(other.pid)
    precious = tmp_path / "precious"
    precious.mkdir()
    engine = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await engine.wait()
    left = Belongings(engine=RunningProcess(engine.pid, created_s - 99), runtimes=(RunningProcess(other.pid, created_s - 60),),
                      temp_folders=(str(precious),), group_marks=(str(tmp_path / "prec"),))
    file = tmp_path / "orphans.json"
    file.write_bytes(msgspec.json.encode(left))
    assert reap_orphans(file) == 0
    assert is_alive(other.pid)
    assert precious.exists()
    other.kill()
    await other.wait()


def test_a_missing_or_broken_file_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"{")
    assert reap_orphans(tmp_path / "broken") == 0
    assert reap_orphans(tmp_path / "missing") == 0


async def test_a_killed_guardian_does_not_disturb(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, CODE)
    await (await start(provider, function_in(code))).sandbox.terminate()
    guardian = next(child for child in psutil.Process().children() if child.name() == "sh")
    guardian.kill()
    started = await start(provider, function_in(code))
    await started.line_after("pid")
    await started.sandbox.terminate()


async def test_the_guardian_ends_with_the_provider(orphans_file: Path, code: Path) -> None:
    write_bootstrap(code, CODE)
    provider = ProcessSandboxProvider(Launcher(), orphans_file=orphans_file)
    await start(provider, function_in(code))
    await provider.close()
    assert not [child for child in psutil.Process().children() if child.name() == "sh"]
