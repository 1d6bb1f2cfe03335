"""The table in docs/sandboxes.md: each of its lines is tried to be broken, in each sandbox that says yes to it."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import StartEngine
from tests.support.engines import EngineInTest
from tests.support.workspaces import WorkspaceBuilder
from workbench.model.function import SandboxKind

PAGE = Path(__file__).parents[2] / "docs" / "sandboxes.md"
SECRET = "the person's secret"
MARK = "left-behind-by-a-function"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the table is about Linux")

ATTEMPTS = f'''
import ctypes, errno, os, pwd, signal, socket, subprocess, sys, threading, time

libc = ctypes.CDLL(None, use_errno=True)

def succeeds(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        return False
    return True

def reads_files(event):
    found = []
    for path in event["files"]:
        try:
            with open(path) as file:
                found.append(file.read())
        except OSError:
            pass
    return found

def writes(event):
    written = []
    folders = ("/usr", "/etc", "/opt", "/var", "/", "/dev", "/home", "/root", os.path.expanduser("~"), event["folder"])
    for path in [folder + "/x" for folder in folders]:
        try:
            open(path, "w").close()
            written.append(path)
            os.unlink(path)
        except OSError:
            pass
    return written

def changes_code(event):
    root = os.environ["LAMBDA_TASK_ROOT"]
    return [name for name in ("app.py", "new.py") if succeeds(lambda: open(f"{{root}}/{{name}}", "a").close())]

def fills_tmp(event):
    folder = "/tmp"
    with open(folder + "/large", "wb") as file:
        try:
            for _ in range(600):
                file.write(b"x" * 1_048_576)
            file.flush()
            return ["600 MB in /tmp of 512"]
        except OSError:
            return []
        finally:
            os.unlink(folder + "/large")

def shared_memory(event):
    from multiprocessing import shared_memory
    try:
        shared_memory.SharedMemory(create=True, size=1024).unlink()
    except OSError:
        return []
    return ["made"]

def sees_processes(event):
    return [pid for pid in os.listdir("/proc") if pid == str(event["engine"]) or (pid.isdigit() and not _own(pid))]

def _own(pid):
    try:
        return os.stat(f"/proc/{{pid}}").st_uid in (os.getuid(), 0) and len([p for p in os.listdir("/proc") if p.isdigit()]) < 20
    except OSError:
        return True

def ends_engine(event):
    return ["may be signaled"] if succeeds(os.kill, event["engine"], 0) and _is_engine(event["engine"]) else []

def _is_engine(pid):
    with open(f"/proc/{{pid}}/cmdline") as file:
        return "pytest" in file.read()

def reaches_machine(event):
    return ["reached"] if succeeds(socket.create_connection, ("127.0.0.1", event["port"]), 2) else []

def other_user(event):
    return [] if (os.getuid(), pwd.getpwuid(os.getuid()).pw_name) == (993, "sbx_user1051") else [os.getuid()]

def capabilities(event):
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\\n").split(":\\t", 1) for line in file if ":\\t" in line)
    found = [name for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb") if int(status[name], 16)]
    found += [] if status["NoNewPrivs"] == "1" else ["may gain privileges"]
    found += ["is root"] if os.getuid() == 0 or succeeds(os.setuid, 0) else []
    return found

def user_namespaces(event):
    return ["made"] if libc.unshare(0x10000000) == 0 else []

def system_calls(event):
    """By their numbers on x86_64: bpf, userfaultfd, perf_event_open, keyctl, mount, pivot_root, init_module, kexec_load."""
    numbers = {{"bpf": 321, "userfaultfd": 323, "perf_event_open": 298, "keyctl": 250, "mount": 165, "swapon": 167,
               "init_module": 175}}
    allowed = []
    for name, number in numbers.items():
        ctypes.set_errno(0)
        if libc.syscall(number, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            allowed.append(name)
    return allowed

def aws_profiles(event):
    import importlib.util
    found = [name for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") if name in os.environ]
    if importlib.util.find_spec("botocore"):
        import botocore.session
        found += botocore.session.Session().available_profiles
    return found

def processes(event):
    """Threads count as processes do, and cost less."""
    end = threading.Event()
    threading.stack_size(65_536)
    started = []
    try:
        for _ in range(1_500):
            started.append(threading.Thread(target=end.wait))
            started[-1].start()
    except RuntimeError:
        started.pop()
        return []
    finally:
        end.set()
        for each in started:
            each.join()
    return ["1,500 threads"]

def open_files(event):
    opened = []
    try:
        for _ in range(1_500):
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        return []
    finally:
        for each in opened:
            os.close(each)
    return ["1,500 files"]

def memory(event):
    held = bytearray(os.urandom(1)) * (800 << 20)
    time.sleep(0.5)
    return [len(held)]

def daemon(event):
    """Answers when the daemon runs its program: an environment is frozen between two invocations."""
    began, running = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, ["{MARK}", "-c", "import signal; signal.pause()"], {{"PATH": ""}})
        os._exit(0)
    os.wait()
    os.close(running)
    os.read(began, 1)
    return []

def handler(event, context):
    return globals()[event["attempt"]](event)
'''

ROWS = {
    "Files of yours cannot be read": "reads_files",
    "The file system is read-only outside of /tmp": "writes",
    "The code in /var/task cannot be changed": "changes_code",
    "/tmp has its size and is the environment's own": "fills_tmp",
    "There is no shared memory in /dev/shm": "shared_memory",
    "Processes of this machine cannot be seen": "sees_processes",
    "The engine cannot be ended": "ends_engine",
    "Services of this machine at 127.0.0.1 cannot be reached": "reaches_machine",
    "The user is Lambda's, 993": "other_user",
    "Nobody becomes root, and there are no capabilities": "capabilities",
    "No user namespaces can be made": "user_namespaces",
    "System calls that Lambda does not need are refused": "system_calls",
    "Your AWS profiles are not used": "aws_profiles",
    "At most 1,024 processes and threads": "processes",
    "At most 1,024 open files": "open_files",
}
"""The lines of the table that one attempt inside a function tries; it answers with what it got hold of."""

ELSEWHERE = {"Memory Size is the most memory", "The CPU share follows from Memory Size",
             "Whatever a function starts ends with its environment"}
"""Lines that are tried in another way: two below, the CPU share in `test_figures.py`."""


def table() -> dict[str, dict[str, str]]:
    """The page's table: rule -> sandbox -> what is said there."""
    lines = PAGE.read_text().partition("\n| Lambda's rule ")[2].partition("\n\n")[0].splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in (f"| rule {lines[0]}", *lines[1:])]
    return {rule: dict(zip(head[1:], cells, strict=True)) for rule, *cells in rows}


@pytest.fixture
def listener() -> Iterator[int]:
    """The port of a service of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
async def engine(start: StartEngine, tmp_path: Path) -> EngineInTest:
    builder = WorkspaceBuilder(tmp_path / "w")
    builder.function("Function", {"app.py": ATTEMPTS}, timeout_s=60, memory_mb=1_769)  # a whole vCPU: most attempts compute
    return await start(builder.function("Small", {"app.py": ATTEMPTS}, timeout_s=120, memory_mb=512).write())


def test_every_line_of_the_table_is_tried() -> None:
    assert table().keys() == ROWS.keys() | ELSEWHERE


async def test_what_the_table_promises_holds(
        sandbox: SandboxKind, engine: EngineInTest, listener: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws/config").write_text("[profile secret]\nregion = us-east-1\n")
    (home / "key").write_text(SECRET)
    monkeypatch.setenv("HOME", str(home))
    context = {"files": [str(home / "key"), str(home / ".aws/config"), f"/proc/{os.getpid()}/environ"], "folder": str(home),
               "engine": os.getpid(), "port": listener}
    promised = [rule for rule, said in table().items() if said[sandbox].startswith("yes") and rule in ROWS]
    broken = {}
    for rule in promised:
        invocation = await engine.invoke({"attempt": ROWS[rule], **context})
        if invocation.payload != "[]":
            broken[rule] = invocation.payload[:300]
    assert not broken
    memory = await engine.invoke({"attempt": "memory"}, "Small")
    assert re.search("Runtime.OutOfMemory|signal: killed", memory.payload), memory.payload
    await _what_a_function_starts_ends_with_its_environment(engine)


async def _what_a_function_starts_ends_with_its_environment(engine: EngineInTest) -> None:
    invocation = await engine.invoke({"attempt": "daemon"})
    assert invocation.payload == "[]"
    assert await asyncio.to_thread(daemons) != []
    await engine.pool.close()
    assert await asyncio.to_thread(daemons) == []


def daemons() -> list[str]:
    """The processes of this machine that the function left behind, wherever they are seen from."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(MARK.encode()):
                found.append(pid)
        except OSError:
            continue
    return found
