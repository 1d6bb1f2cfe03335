"""The process sandbox with real processes: output, ends, signals, memory and what is left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.process_sandboxes import (
    WAIT_S,
    Collected,
    Started,
    create,
    eventually,
    function_in,
    is_alive,
    start,
    write_bootstrap,
)
from workbench.model.failures import SandboxError
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.process.control_group import NoControlGroup
from workbench.sandbox.process.living_sandboxes import LivingSandboxes
from workbench.sandbox.process.place import Place
from workbench.sandbox.process.provider import ProcessSandboxProvider
from workbench.sandbox.process.runtime_start import ProcessPlan
from workbench.sandbox.process.sandbox import ProcessSandbox
from workbench.sandbox.process.watcher import MemoryWatcher
from workbench.sandbox.protocol import EntrypointInvalid, Exit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

FOREVER = "import signal; signal.pause()"
PRINT_PID = "import os, sys; print('pid', os.getpid(), flush=True)\n"


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


async def test_stdout_and_stderr_arrive_in_the_order_they_were_written(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import os\nfor n in range(2000): os.write(1 + n % 2, b'%d\\n' % n)")
    started = await start(provider, function_in(code))
    assert await started.sandbox.wait() == Exit(code=0)
    assert started.output.data == b"".join(b"%d\n" % number for number in range(2000))


async def test_wait_returns_after_the_last_byte_of_a_large_output(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import os\nfor _ in range(300): os.write(1, b'x' * 9999 + b'\\n')\nos._exit(7)")
    started = await start(provider, function_in(code))
    assert await started.sandbox.wait() == Exit(code=7)
    assert len(started.output.data) == 3_000_000


async def test_drain_hands_over_what_was_written_before_it_without_a_turn_of_the_loop(
        provider: ProcessSandboxProvider, code: Path, tmp_path: Path) -> None:
    mark = tmp_path / "written"
    write_bootstrap(code, f"import os\nos.write(1, b'y' * 60000)\nopen({str(mark)!r}, 'w').close()\n{FOREVER}")
    started = await start(provider, function_in(code))
    while not mark.exists():  # the loop does not turn here: only drain_output can have read the pipe
        os.sched_yield()
    started.output.clear()
    await started.sandbox.drain_output()
    assert len(started.output.data) == 60_000


async def test_drain_ends_while_the_runtime_goes_on_writing(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import os\nwhile True: os.write(1, b'z' * 4096)")
    started = await start(provider, function_in(code))
    await started.output.until(b"z")
    await asyncio.wait_for(started.sandbox.drain_output(), WAIT_S)


@pytest.mark.parametrize(("code_lines", "expected"), [
    ("import os; os._exit(3)", Exit(code=3)),
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Exit(signal=11)),
])
async def test_exit_codes_and_signals(provider: ProcessSandboxProvider, code: Path, code_lines: str, expected: Exit) -> None:
    write_bootstrap(code, code_lines)
    started = await start(provider, function_in(code))
    assert await started.sandbox.wait() == expected


async def test_wait_may_be_asked_before_start(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "raise SystemExit(4)")
    started = await create(provider, function_in(code))
    waiting = asyncio.create_task(started.sandbox.wait())
    await asyncio.sleep(0)
    await started.sandbox.start()
    assert await waiting == Exit(code=4)


async def test_a_frozen_runtime_is_stopped_and_goes_on_when_thawed(provider: ProcessSandboxProvider, code: Path) -> None:
    child = "import subprocess, sys; c = subprocess.Popen([sys.executable, '-Sc', 'import signal; signal.pause()'])\n"
    write_bootstrap(code, f"{child}{PRINT_PID}print('child', c.pid, flush=True)\n{FOREVER}")
    started = await start(provider, function_in(code))
    pids = [int(await started.line_after("pid")), int(await started.line_after("child"))]
    started.sandbox.freeze()
    await eventually(lambda: [_state(pid) for pid in pids] == ["T", "T"])
    await started.sandbox.thaw()
    await eventually(lambda: "T" not in [_state(pid) for pid in pids])


async def test_a_frozen_runtime_can_be_asked_to_end(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, f"import signal, os\nsignal.signal(15, lambda *_: os._exit(5))\n{PRINT_PID}{FOREVER}")
    started = await start(provider, function_in(code))
    await started.line_after("pid")
    started.sandbox.freeze()
    await started.sandbox.terminate(grace_ms=20_000)
    assert await started.sandbox.wait() == Exit(code=5)


async def test_a_second_terminate_cuts_the_grace_short(provider: ProcessSandboxProvider, code: Path) -> None:
    answer = "import signal\nsignal.signal(15, lambda *_: print('asked ', flush=True))\n"
    write_bootstrap(code, f"{answer}{PRINT_PID}while True: {FOREVER}")
    started = await start(provider, function_in(code))
    await started.line_after("pid")
    slow = asyncio.create_task(started.sandbox.terminate(grace_ms=3_600_000))
    await started.output.until(b"asked")
    await asyncio.gather(started.sandbox.terminate(), slow)
    assert await started.sandbox.wait() == Exit(signal=9)


async def test_the_memory_limit_kills_everything(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, f"{PRINT_PID}kept = bytearray(b'x') * (140 << 20)\n{FOREVER}")
    started = await start(provider, function_in(code, memory_mb=128))
    assert await started.sandbox.wait() == Exit(signal=9, out_of_memory=True)
    assert started.sandbox.memory_peak_mb() >= 128


async def test_children_count_towards_the_limit(provider: ProcessSandboxProvider, code: Path) -> None:
    grow = "kept = bytearray(b'x') * (100 << 20); import signal; signal.pause()"
    two = f"import subprocess, sys\nfor _ in range(2): subprocess.Popen([sys.executable, '-Sc', {grow!r}])\n"
    write_bootstrap(code, two + FOREVER)
    started = await start(provider, function_in(code, memory_mb=160))
    assert await started.sandbox.wait() == Exit(signal=9, out_of_memory=True)


async def test_pages_that_forked_children_share_are_counted_once(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import os, time\nkept = bytearray(b'x') * (80 << 20)\nkids = []\nfor _ in range(3):\n"
                          "    kid = os.fork()\n    if not kid: time.sleep(0.3); os._exit(0)\n    kids.append(kid)\n"
                          "for kid in kids: os.waitpid(kid, 0)\n")
    started = await start(provider, function_in(code, memory_mb=128))
    assert await started.sandbox.wait() == Exit(code=0)


async def test_the_peak_stays_when_memory_was_given_back(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, f"kept = bytearray(b'x') * (60 << 20)\ndel kept\n{PRINT_PID}{FOREVER}")
    started = await start(provider, function_in(code, memory_mb=512))
    await started.line_after("pid")
    assert 60 < started.sandbox.memory_peak_mb() < 120


async def test_a_runtime_over_its_limit_is_found_when_it_is_frozen(code: Path, orphans_file: Path, tmp_path: Path) -> None:
    write_bootstrap(code, f"kept = bytearray(b'x') * (60 << 20)\n{PRINT_PID}{FOREVER}")
    place = Place(tmp_path / "t", NoControlGroup())
    plan = ProcessPlan(command=(), code_folder=str(code), place=place, environment={}, memory_mb=50)
    never_looks, children, output = MemoryWatcher(interval_ms=3_600_000), ChildRegistry(orphans_file), Collected()
    sandbox = ProcessSandbox(plan, output, never_looks, LivingSandboxes(children), LoopShare())
    await sandbox.start()
    await Started(sandbox, output).line_after("pid")
    sandbox.freeze()
    assert await asyncio.wait_for(sandbox.wait(), WAIT_S) == Exit(signal=9, out_of_memory=True)
    await sandbox.terminate()
    never_looks.close()
    children.close()


@pytest.mark.parametrize("own", [{}, {"TMPDIR": "/tmp"}])
async def test_terminate_reaches_grandchildren_that_left_the_group(
        provider: ProcessSandboxProvider, code: Path, own: dict[str, str]) -> None:
    grandchild = "import os, signal; os.setsid(); print('grandchild', os.getpid(), flush=True); signal.pause()"
    write_bootstrap(code, f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-Sc', {grandchild!r}])\n{FOREVER}")
    started = await start(provider, function_in(code, environment=own))
    pid = int(await started.line_after("grandchild"))
    await started.sandbox.terminate()
    await eventually(lambda: not is_alive(pid))


async def test_terminate_reaches_daemons_whose_parents_are_gone(provider: ProcessSandboxProvider, code: Path) -> None:
    daemon = ("import os, signal\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
              "print('daemon', os.getpid(), flush=True)\nsignal.pause()")
    run = f"import subprocess, sys\nsubprocess.run([sys.executable, '-Sc', {daemon!r}])\nprint('done ', flush=True)\n"
    write_bootstrap(code, run + FOREVER)
    started = await start(provider, function_in(code))
    pid = int(await started.line_after("daemon"))
    await started.output.until(b"done")
    await started.sandbox.terminate()
    await eventually(lambda: not is_alive(pid))


async def test_the_end_of_the_runtime_ends_its_children(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import subprocess, sys, os\n"
                          "c = subprocess.Popen([sys.executable, '-Sc', 'import signal; signal.pause()'])\n"
                          "print('child', c.pid, flush=True)\nos._exit(1)")
    started = await start(provider, function_in(code))
    assert await started.sandbox.wait() == Exit(code=1)
    await eventually(lambda: not is_alive(int(started.output.data.split()[1])))


async def test_nothing_is_left_behind(provider: ProcessSandboxProvider, code: Path, orphans_file: Path) -> None:
    write_bootstrap(code, "import os\nopen(os.environ['TMPDIR'] + '/f', 'w').close()\n"
                          f"print('folder', os.environ['TMPDIR'], flush=True)\n{FOREVER}")
    warm_up = await start(provider, function_in(code), environment_id="e1")
    await warm_up.sandbox.terminate()
    await provider.release("e1")
    open_before = psutil.Process().num_fds()
    started = await start(provider, function_in(code), environment_id="e2")
    folder = Path(await started.line_after("folder"))
    assert (folder / "f").exists()
    assert orphans_file.exists()
    await started.sandbox.terminate()
    await started.sandbox.terminate()
    assert (folder / "f").exists()
    await provider.release("e2")
    assert not folder.exists()
    assert not orphans_file.exists()
    await eventually(lambda: psutil.Process().num_fds() <= open_before)


async def test_the_runtime_inherits_no_descriptor(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "import os; ends = sorted(map(int, os.listdir('/proc/self/fd'))); print('open', ends[:3], len(ends))")
    started = await start(provider, function_in(code))
    await started.sandbox.wait()
    assert started.output.data == b"open [0, 1, 2] 4\n"  # the fourth is the folder being listed


async def test_each_environment_has_its_own_temporary_folder(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, f"import os; print('folder', os.environ['TMPDIR'], flush=True)\n{FOREVER}")
    two = [await start(provider, function_in(code)) for _ in range(2)]
    assert await two[0].line_after("folder") != await two[1].line_after("folder")


async def test_closing_the_provider_ends_what_runs(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, PRINT_PID + FOREVER)
    started = await start(provider, function_in(code))
    pid = int(await started.line_after("pid"))
    await provider.close()
    assert not psutil.pid_exists(pid)


async def test_terminate_before_start_ends_the_wait(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, FOREVER)
    started = await create(provider, function_in(code))
    await started.sandbox.terminate()
    assert (await started.sandbox.wait()).lost
    with pytest.raises(SandboxError):
        await started.sandbox.start()


async def test_a_missing_bootstrap(provider: ProcessSandboxProvider, code: Path) -> None:
    started = await create(provider, function_in(code))
    with pytest.raises(EntrypointInvalid) as caught:
        await started.sandbox.start()
    assert caught.value.reason == "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"


async def test_a_bootstrap_that_is_not_executable(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "pass", mode=0o644)
    started = await create(provider, function_in(code))
    open_before = psutil.Process().num_fds()
    with pytest.raises(EntrypointInvalid) as caught:
        await started.sandbox.start()
    assert caught.value.reason == "fork/exec /var/task/bootstrap: permission denied"
    assert "chmod +x" in caught.value.hint
    await eventually(lambda: psutil.Process().num_fds() <= open_before)


async def test_a_bootstrap_for_another_system(provider: ProcessSandboxProvider, code: Path) -> None:
    (code / "bootstrap").write_bytes(b"\x00\x01\x02 no program")
    (code / "bootstrap").chmod(0o755)
    started = await create(provider, function_in(code))
    with pytest.raises(EntrypointInvalid, match="exec format error"):
        await started.sandbox.start()


async def test_a_bootstrap_whose_interpreter_is_missing(provider: ProcessSandboxProvider, code: Path) -> None:
    (code / "bootstrap").write_text("#!/nowhere/interpreter\n")
    (code / "bootstrap").chmod(0o755)
    started = await create(provider, function_in(code))
    with pytest.raises(EntrypointInvalid, match="no such file or directory") as caught:
        await started.sandbox.start()
    assert "#!" in caught.value.hint


async def test_a_code_folder_that_vanished(provider: ProcessSandboxProvider, code: Path) -> None:
    write_bootstrap(code, "pass")
    started = await create(provider, function_in(code, runtime="python3.11"))
    (code / "bootstrap").unlink()
    code.rmdir()
    with pytest.raises(SandboxError, match="code folder"):
        await started.sandbox.start()
