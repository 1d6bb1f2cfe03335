"""What the sandboxes of one environment share, when it goes, and what freezing is told."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.process_sandboxes import WAIT_S, create, eventually, function_in, is_alive, start, write_bootstrap
from workbench.model.function import FunctionConfiguration
from workbench.model.quotas import OPEN_FILES_LIMIT
from workbench.sandbox.process.control_group import NoControlGroups
from workbench.sandbox.process.place import Places, lies_in_memory
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.sandbox.process.rlimits import limit_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

CODE = "import os, signal; print('folder', os.environ['TMPDIR'], flush=True); signal.pause()"
DAEMON = ("import os, signal\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
          "print('daemon', os.getpid(), flush=True)\nsignal.pause()")


async def test_the_sandboxes_of_an_environment_have_the_same_folder(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, CODE)
    first = await start(provider, function_in(code), environment_id="e1")
    folder = Path(await first.line_after("folder"))
    (folder / "kept").write_text("x")
    await first.sandbox.terminate()
    second = await start(provider, function_in(code), environment_id="e1")
    assert await second.line_after("folder") == str(folder)
    assert (folder / "kept").read_text() == "x"
    await second.sandbox.terminate()
    await provider.release("e1")
    assert not folder.exists()


async def test_a_folder_that_the_function_removed_is_made_again(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import os; os.rmdir(os.environ['TMPDIR'])")
    first = await start(provider, function_in(code), environment_id="e1")
    await first.sandbox.wait()
    await first.sandbox.terminate()
    write_bootstrap(code, CODE)
    second = await start(provider, function_in(code), environment_id="e1")
    assert Path(await second.line_after("folder")).is_dir()


async def test_a_release_ends_what_still_uses_the_folder(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, f"import subprocess, sys, signal\nsubprocess.run([sys.executable, '-Sc', {DAEMON!r}])\nsignal.pause()")
    started = await start(provider, function_in(code), environment_id="e1")
    pid = int(await started.line_after("daemon"))
    await provider.release("e1")
    await eventually(lambda: not is_alive(pid))


async def test_releasing_what_is_not_there_is_no_failure(provider: ProcessSandboxProvider) -> None:
    await provider.release("never made")


async def test_closing_the_provider_removes_folders_without_a_process(provider: ProcessSandboxProvider, code: Path,
                                                                      orphans_file: Path) -> None:
    write_bootstrap(code, CODE)
    started = await start(provider, function_in(code))
    folder = Path(await started.line_after("folder"))
    await started.sandbox.terminate()
    assert folder.exists()
    assert orphans_file.exists()
    await provider.close()
    assert not folder.exists()
    assert not orphans_file.exists()


async def test_an_environment_that_never_started_leaves_nothing(tmp_path: Path, code: Path) -> None:
    gone: list[Path] = []
    places = Places(NoControlGroups(), gone.append)
    place = places.of("e1", FunctionConfiguration(name="f", logical_id="F", runtime="python3.11", handler="h",
                                                  code_path=str(code)))
    assert place.temp_folder.is_dir()
    await places.close()
    assert gone == [place.temp_folder]
    assert not place.temp_folder.exists()


async def test_closing_waits_for_a_release_whose_caller_has_gone(provider: ProcessSandboxProvider, code: Path,
                                                                  orphans_file: Path) -> None:
    write_bootstrap(code, CODE)
    started = await start(provider, function_in(code), environment_id="e1")
    folder = Path(await started.line_after("folder"))
    await started.sandbox.terminate()
    release = asyncio.create_task(provider.release("e1"))
    await asyncio.sleep(0)
    release.cancel()
    await provider.close()
    assert not folder.exists()
    assert not orphans_file.exists()


async def test_freeze_off_stops_nothing(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import signal\nsignal.signal(10, lambda *_: print('still here', flush=True))\n"
                          "print('pid', __import__('os').getpid(), flush=True)\nwhile True: signal.pause()")
    started = await start(provider, function_in(code), freeze="off")
    process = psutil.Process(int(await started.line_after("pid")))
    started.sandbox.freeze()
    process.send_signal(signal.SIGUSR1)
    await started.output.until(b"still here")
    await started.sandbox.thaw()


async def test_memory_is_watched_when_nothing_is_frozen(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import os, signal\nkept = []\n"
                          "signal.signal(10, lambda *_: kept.append(bytearray(b'x') * (200 << 20)))\n"
                          "print('pid', os.getpid(), flush=True)\nwhile True: signal.pause()")
    started = await start(provider, function_in(code, memory_mb=128), freeze="off")
    process = psutil.Process(int(await started.line_after("pid")))
    started.sandbox.freeze()
    process.send_signal(signal.SIGUSR1)
    assert (await asyncio.wait_for(started.sandbox.wait(), WAIT_S)).out_of_memory


async def test_files_and_core_dumps_are_limited(provider: ProcessSandboxProvider, code: Path) -> None:
    # The limits are set right after the start: on a busy machine an interpreter may be there before.
    wait = f"while r.getrlimit(r.RLIMIT_NOFILE)[0] != {OPEN_FILES_LIMIT}: time.sleep(0.001)\n"
    write_bootstrap(code, "import resource as r, time\n" + wait +
                    "print('limits', *r.getrlimit(r.RLIMIT_NOFILE), *r.getrlimit(r.RLIMIT_CORE), flush=True)")
    started = await start(provider, function_in(code))
    assert await started.line_after("limits") == f"{OPEN_FILES_LIMIT} {OPEN_FILES_LIMIT} 0 0"


def test_limiting_what_has_ended_is_no_failure() -> None:
    limit_process(2**22 + 1)


def test_memory_disks_are_known() -> None:
    shared = Path("/dev/shm")
    assert lies_in_memory(shared) is (psutil.disk_partitions(all=True) != [] and shared.is_mount())
    assert not lies_in_memory(Path("/proc"))


async def test_create_makes_no_folder_a_second_time(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, CODE)
    first = await create(provider, function_in(code), environment_id="e1")
    await first.sandbox.terminate()
    second = await start(provider, function_in(code), environment_id="e1")
    third = await start(provider, function_in(code), environment_id="e2")
    assert await second.line_after("folder") != await third.line_after("folder")
