"""The filter of system calls in real bubblewrap: what it refuses, and that ordinary work goes on under it."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.support.bubbles import PYTHON, acting_as, needs_bubblewrap, run_inside
from workbench.sandbox.isolated.system_calls import SystemCallFilter, system_call_filter

pytestmark = needs_bubblewrap

UNFILTERED = "System calls are not filtered" + (", and user namespaces can be made" if os.geteuid() == 0 else "")
_NEW_NAMESPACES = {"NEWNS": 0x20000, "NEWCGROUP": 0x2000000, "NEWUTS": 0x4000000, "NEWIPC": 0x8000000, "NEWUSER": 0x10000000,
                   "NEWPID": 0x20000000, "NEWNET": 0x40000000}
_REFUSED = (
    "acct", "add_key", "bpf", "chroot", "clock_settime", "delete_module", "fanotify_init", "finit_module", "fsconfig", "fsmount",
    "fsopen", "fspick", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "kcmp", "kexec_load", "keyctl",
    "mbind", "mount", "mount_setattr", "move_mount", "move_pages", "open_by_handle_at", "open_tree", "perf_event_open",
    "pidfd_getfd", "pivot_root", "process_madvise", "quotactl", "reboot", "request_key", "set_mempolicy", "setdomainname",
    "sethostname", "setns", "settimeofday", "swapoff", "swapon", "syslog", "umount2", "unshare", "userfaultfd", "vhangup",
)
_TRY = """
import ctypes, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
answers = {}
for name, number, *arguments in json.loads(sys.argv[1]):
    ctypes.set_errno(0)
    answer = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(each) for each in arguments))
    if answer == 0 and name.startswith("clone"):
        os._exit(0)
    answers[name] = ctypes.get_errno() if answer == -1 else 0
print(json.dumps(answers))
"""


@pytest.fixture(params=["root", "ordinary"])
def _user(request: pytest.FixtureRequest) -> Iterator[None]:
    with acting_as(request.param):
        yield


def _filtered(command: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
    descriptor = system_call_filter().descriptor()
    assert descriptor is not None
    try:
        return run_inside(command, *options, "--seccomp", str(descriptor), pass_fds=[descriptor])
    finally:
        os.close(descriptor)


def _try(calls: Sequence[tuple[str | int, ...]], *, filtered: bool = True,
         rights: Sequence[str] = ("--cap-add", "ALL")) -> Mapping[str, int]:
    """With all rights within its user namespace, so that what is refused is refused by the filter."""
    run = _filtered if filtered else run_inside
    end = run([PYTHON, "-c", _TRY, json.dumps(calls)], *rights)
    assert end.returncode == 0, end.stdout
    answers: Mapping[str, int] = json.loads(end.stdout)
    return answers


def _number(name: str) -> int:
    import pyseccomp

    return int(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name))


def _with_nonsense(names: Sequence[str]) -> list[tuple[str | int, ...]]:
    return [(name, _number(name), *[-1] * 6) for name in names if _number(name) >= 0]


@pytest.mark.usefixtures("_user")
def test_what_is_refused() -> None:
    assert set(_try(_with_nonsense(_REFUSED)).values()) == {errno.EPERM}


def test_it_is_the_filter_that_refuses() -> None:
    """Most of these would come further without it, even if only to say that the arguments are nonsense."""
    answers = _try(_with_nonsense(("keyctl", "io_uring_setup", "unshare", "mount", "setns")), filtered=False)
    assert errno.EPERM not in answers.values()


@pytest.mark.usefixtures("_user")
def test_no_new_namespaces() -> None:
    clone, unshare = _number("clone"), _number("unshare")
    calls = [(f"clone {name}", clone, flag | signal.SIGCHLD, 0, 0, 0, 0) for name, flag in _NEW_NAMESPACES.items()]
    calls += [(f"unshare {name}", unshare, flag) for name, flag in _NEW_NAMESPACES.items()]
    calls += [("clone of all", clone, sum(_NEW_NAMESPACES.values()) | signal.SIGCHLD | 1 << 40, 0, 0, 0, 0)]
    assert set(_try(calls).values()) == {errno.EPERM}
    plain = _try([("clone", clone, int(signal.SIGCHLD), 0, 0, 0, 0), ("clone3", _number("clone3"), 0, 0)])
    assert plain == {"clone": 0, "clone3": errno.ENOSYS}


def test_sockets_of_the_kernels_own_services() -> None:
    number = _number("socket")
    families = {"AF_ALG": 38, "AF_ALG with more bits": 38 | 1 << 32, "AF_VSOCK": 40, "AF_VSOCK with more bits": 40 | 1 << 32}
    assert set(_try([(name, number, family, 5, 0) for name, family in families.items()]).values()) == {errno.EPERM}
    usual = [(name, number, family, 1, 0) for name, family in (("AF_UNIX", 1), ("AF_INET", 2), ("AF_INET6", 10))]
    assert set(_try(usual).values()) == {0}


def test_calls_that_are_younger_than_the_profile_do_not_exist() -> None:
    calls = {"open_tree_attr": 467, "one to come": 600, "x32": 0x40000000 + 39, "none": -1}
    assert set(_try([(name, number, 0) for name, number in calls.items()]).values()) == {errno.ENOSYS}


def test_calls_that_libseccomp_may_not_know() -> None:
    """Allowed by their numbers: C libraries take another answer than ENOSYS at its word."""
    answers = _try([("fchmodat2", 452, -1, 0, 0, 0), ("futex_wake", 454, -1, 0, 0, -1), ("statmount", 457, -1, 0, 0, -1)])
    assert errno.EPERM not in answers.values()


def test_a_personality_that_takes_protection_away() -> None:
    number = _number("personality")
    answers = _try([("no random addresses", number, 0x40000), ("ask", number, 0xFFFFFFFF), ("plain", number, 0)])
    assert answers == {"no random addresses": errno.EPERM, "ask": 0, "plain": 0}


def test_tracing_is_as_the_profile_has_it() -> None:
    """A function may trace processes of its own, as debuggers do. PTRACE_TRACEME is 0."""
    assert _try([("ptrace", _number("ptrace"), 0, 0, 0, 0)], rights=()) == {"ptrace": 0}


_32_BITS = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20; int 0x80; ret
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))())
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="instructions of x86_64")
def test_calls_of_32_bits_kill() -> None:
    assert _filtered([PYTHON, "-c", _32_BITS]).returncode == 128 + signal.SIGSYS
    assert run_inside([PYTHON, "-c", _32_BITS]).returncode == 0


_PYTHON_WORK = """
import asyncio, concurrent.futures, ctypes, mmap, os, select, shutil, signal, socket, sqlite3, ssl, subprocess, tempfile
import multiprocessing, resource, threading, time

def square(number, pipe=None):
    if pipe is not None:
        pipe.send(number * number)
    return number * number

async def server_and_client():
    async def answer(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"line\\n")
    assert await reader.read() == b"line\\n"
    writer.close()
    server.close()
    process = await asyncio.create_subprocess_exec("/bin/echo", "async", stdout=-1)
    assert (await process.communicate())[0] == b"async\\n"

if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(square, range(10))) == 285
    for method in ("spawn", "fork"):
        context = multiprocessing.get_context(method)
        ours, theirs = context.Pipe()
        child = context.Process(target=square, args=(7, theirs))
        child.start()
        assert ours.recv() == 49
        child.join()
    assert subprocess.run(["sh", "-c", "echo $((6*7)) | cat"], capture_output=True, text=True).stdout == "42\\n"
    with tempfile.TemporaryDirectory() as folder:
        base = sqlite3.connect(folder + "/base.sqlite")
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE t (n)")
        base.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
        assert base.execute("SELECT sum(n) FROM t").fetchone() == (499500,)
        base.close()
        with open(folder + "/map", "w+b") as file:
            file.truncate(8192)
            mmap.mmap(file.fileno(), 0)[0] = 1
            os.fsync(file.fileno())
        shutil.copy(folder + "/map", folder + "/copy")
        os.chmod(folder + "/copy", 0o600)
        os.utime(folder + "/copy", (1, 1))
        os.symlink("copy", folder + "/link")
        os.link(folder + "/copy", folder + "/other")
    context = ssl.create_default_context()
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(into, out, server_hostname="example.com").do_handshake()
    except ssl.SSLWantReadError:
        assert out.pending
    asyncio.run(server_and_client())
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    assert signal.sigtimedwait([signal.SIGALRM], 5) is not None
    os.sched_getaffinity(0), os.getrandom(8), os.nice(1), resource.getrusage(0), os.uname(), time.sleep(0.001)
    os.close(os.memfd_create("file")), os.close(os.pidfd_open(os.getpid()))
    print("all done")
"""
_NODE_WORK = """
const { Worker, isMainThread, parentPort } = require('worker_threads');
const crypto = require('crypto'), fs = require('fs'), { execFileSync } = require('child_process'), zlib = require('zlib');
const worker = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
worker.on('message', n => {
  fs.writeFileSync('/tmp/file', crypto.randomBytes(1000)); fs.watch('/tmp').close();
  zlib.gzip('x'.repeat(1e5), () => crypto.scrypt('a', 'b', 32, () => {
    const server = require('http').createServer((q, s) => s.end('ok')).listen(0, () =>
      fetch(`http://127.0.0.1:${server.address().port}`).then(a => a.text()).then(t => {
        server.close(); server.closeAllConnections(); console.log(n, t, execFileSync('echo', ['child']).toString().trim()); }));
  }));
});
"""
_RUBY_WORK = """
require 'open3'; require 'openssl'; require 'tempfile'; require 'socket'
t = Thread.new { 6 * 7 }; out, _ = Open3.capture2('echo child'); pid = fork { exit 0 }; Process.wait pid
Tempfile.create { |f| f.write 'x'; f.fsync }; a, b = UNIXSocket.pair; a.puts OpenSSL::Digest::SHA256.hexdigest('x'); b.gets
puts "#{t.value} #{out}"
"""
_JAVA_WORK = """
import java.util.concurrent.*; import java.nio.file.*; import java.net.*;
public class Work { public static void main(String[] a) throws Exception {
  ExecutorService pool = Executors.newFixedThreadPool(8); int sum = 0;
  for (int i = 0; i < 100; i++) { final int n = i; sum += pool.submit(() -> n).get(); } pool.shutdown();
  Files.write(Paths.get("/tmp/x"), new byte[10]); new ServerSocket(0).close();
  Process p = new ProcessBuilder("echo", "child").start(); p.waitFor();
  javax.net.ssl.SSLContext.getDefault(); System.gc();
  System.out.println(sum + " " + new String(p.getInputStream().readAllBytes()).trim()); } }
"""


@pytest.mark.usefixtures("_user")
def test_python_works() -> None:
    end = _filtered(["sh", "-c", f"cat > /tmp/work.py <<'END'\n{_PYTHON_WORK}\nEND\n{PYTHON} /tmp/work.py"])
    assert end.stdout == "all done\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_node_works() -> None:
    assert _filtered(["node", "-e", _NODE_WORK]).stdout == "42 ok child\n"


@pytest.mark.skipif(shutil.which("ruby") is None, reason="needs Ruby")
def test_ruby_works() -> None:
    assert _filtered(["ruby", "-e", _RUBY_WORK]).stdout == "42 child\n"


@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK")
def test_java_works() -> None:
    script = f"cat > /tmp/Work.java <<'END'\n{_JAVA_WORK}\nEND\ncd /tmp && java Work.java"
    assert _filtered(["sh", "-c", script]).stdout == "4950 child\n"


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs a program written in Go")
def test_a_program_in_go_works() -> None:
    assert "ersion" in _filtered(["docker", "--version"]).stdout


def test_each_descriptor_is_at_its_beginning() -> None:
    made = system_call_filter()
    first, second = made.descriptor(), made.descriptor()
    assert first is not None
    assert second is not None
    assert os.read(first, 1 << 20) == os.read(second, 1 << 20) == made.program
    os.close(first)
    os.close(second)
    assert system_call_filter() is made


def test_without_libseccomp_it_is_said() -> None:
    """In a process of its own, where the library cannot be found."""
    script = ("import ctypes.util; found = ctypes.util.find_library; ctypes.util.find_library = lambda n: None if n == 'seccomp' "
              "else found(n)\nfrom workbench.sandbox.isolated.system_calls import system_call_filter as f\n"
              "print(f().descriptor(), f().not_enforced, f().cure)")
    end = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert end.stdout == (f"None {UNFILTERED}: libseccomp is not there or too old. "
                          "Install libseccomp (on Debian and Ubuntu: apt install libseccomp2).\n")


def test_nothing_where_there_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    none: SystemCallFilter = system_call_filter.__wrapped__()
    assert none.descriptor() is None
    assert none.not_enforced == f"{UNFILTERED}: there is no list of them for riscv64."
