#!/usr/bin/env python3
"""Set up, run, test, check and measure Lambda Workbench from a checkout. Needs Python 3.11 or newer and nothing else.

    python3 packaging/dev.py run [DIR]     open the window (without a display: the same job in the terminal)
    python3 packaging/dev.py test [ARGS]   set up and run all tests and checks (ARGS go to pytest and skip the checks)
    python3 packaging/dev.py check         ruff, strict types, import contracts
    python3 packaging/dev.py bench         the benchmarks
    python3 packaging/dev.py gallery DIR   pictures of every view of the window in every state
    python3 packaging/dev.py wild DIR      read every template below a folder of checked-out projects and compare with SAM CLI
    python3 packaging/dev.py doctor        what this machine has and what it lacks
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
PIP = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
OLDEST_PYTHON = (3, 11)
INTERRUPTED = 130

# Debian and Ubuntu packages that Qt needs, by shared library. Found by starting a window on minimal systems.
QT_PACKAGES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0", "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0", "libxcb-shape.so.0": "libxcb-shape0", "libxcb-randr.so.0": "libxcb-randr0",
    "libfontconfig.so.1": "libfontconfig1", "libdbus-1.so.3": "libdbus-1-3",
}
FONT_PACKAGE = "fonts-dejavu-core"
# The compilers and autotools build AWS's runtime client for Node.js, the oracle of the Node.js conformance tests.
TEST_PACKAGES = ["xvfb", "xdotool", "openbox", "ruby", "bundler", "make", "cmake", "g++", "autoconf", "automake", "libtool",
                 "awscli", "bubblewrap", "slirp4netns", "passt", "libseccomp2"]
Waiting = SimpleQueue[tuple[str, list[str | Path], Path]]


class Part(NamedTuple):
    """Tests that run in a process of their own. `recorded_s` is what they took on two cores, three parts at a time.

    `is_measured`: which lines they run is reported, and has a floor (`tool.coverage` in pyproject.toml). `is_in_memory`: their
    temporary files are kept in memory where it has room; where packages are built, they are out of sight there, as in /dev.
    """

    name: str
    recorded_s: int
    arguments: list[str]
    is_measured: bool = False
    is_in_memory: bool = False


PARTS = (
    Part("Docker", 345, ["tests/contract", "-k", "docker"]),
    Part("commands and projects", 400, ["tests/e2e", "tests/real"]),
    Part("sandboxes but Docker", 300, ["tests/contract", "-k", "not docker"]),
    Part("sandboxes from inside", 280, ["tests/integration"]),
    Part("the API and its clients", 270, ["tests/conformance/api", "tests/conformance/cloudformation"], is_in_memory=True),
    Part("conformance", 160, [
        "tests/conformance", "--ignore=tests/conformance/api", "--ignore=tests/conformance/cloudformation"]),
    Part("all others", 255, ["tests", *(
        f"--ignore=tests/{name}" for name in ("integration", "contract", "e2e", "real", "security", "conformance", "gui"))],
         is_measured=True, is_in_memory=True),
    Part("attacks", 212, ["tests/security"]),
    Part("window", 200, ["tests/gui"]),
)
# Much of a test is waiting for containers, timeouts and other programs: with two parts at a time, two cores were idle for half
# of the time.
AT_ONCE = 3
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 8 << 30
"""The tests take some 2 GB at a time."""


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        return fail(f"Python {sys.version.split()[0]} is too old: Lambda Workbench needs 3.11 or newer.")
    commands = {"run": run, "test": test, "check": check, "bench": bench, "gallery": gallery, "doctor": doctor, "wild": wild}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    return commands[arguments[0]](arguments[1:])


def run(arguments: list[str]) -> int:
    install(extras="")
    folder = arguments or [str(starter_folder())]
    if not has_display():
        print("There is no display, so the starter function runs here in the terminal.")
        return call([PYTHON, "-m", "workbench.cli.first_run", *folder])
    need_system_packages(missing_qt_packages(), "the window")
    return call([PYTHON, "-m", "workbench.cli.first_run", "--window", *folder])


def test(arguments: list[str]) -> int:
    with ThreadPoolExecutor(1) as beside:  # what pip does takes one core, for a minute and a half
        packages = beside.submit(need_test_packages)
        if not arguments:
            beside.submit(make_docker_images)
        install(extras="test")
        packages.result()
        if arguments:
            return call([PYTHON, "-m", "pytest", *arguments], test_environment())
        return test_all()


def test_all() -> int:
    # The tests start hundreds of processes. Under PYTHONDONTWRITEBYTECODE each of them would compile everything again.
    call([PYTHON, "-m", "compileall", "-q", "workbench", "tests/support"])
    waiting: Waiting = SimpleQueue()
    for part in sorted(PARTS, key=lambda each: -each.recorded_s):  # the longest first, so that all end at about the same time
        runner = "tests.support.measured_run" if part.is_measured else "pytest"
        waiting.put((part.name, [PYTHON, "-m", runner, *part.arguments], temporary_files(part)))
    waiting.put(("checks", [sys.executable, __file__, "check"], Path(tempfile.gettempdir())))
    with contextlib.ExitStack() as stack:
        packages = stack.enter_context(tempfile.TemporaryDirectory(prefix="tests-packages-", ignore_cleanup_errors=True))
        Path(packages).chmod(0o755)  # sandboxes of other users read it
        os.environ["WORKBENCH_TEST_PACKAGES"] = packages  # see tests/support/package_cache.py
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(AT_ONCE - 1)]
        threads = stack.enter_context(ThreadPoolExecutor(len(outputs)))
        beside = [threads.submit(work_off, waiting, output) for output in outputs]
        statuses = [work_off(waiting), *(each.result() for each in beside)]
        for output in outputs:
            print("\nOutput of the parts that ran in parallel:", flush=True)
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()
    return next((status for status in statuses if status), 0)


def need_test_packages() -> None:
    """Debian's packages for all tests."""
    need_system_packages(missing_qt_packages() + [name for name in TEST_PACKAGES if not on_debian_installed(name)], "the tests")


def make_docker_images() -> None:
    """A Docker engine and the images of the tests, which wait for what is being made, and say themselves why there is none."""
    for name in ("docker_engine", "docker_images"):
        with open(os.devnull, "wb") as nowhere:
            if call([sys.executable, ROOT / "tests" / "support" / f"{name}.py"], output=nowhere) != 0:
                return


def work_off(waiting: Waiting, output: IO[bytes] | None = None) -> int:
    """Run queued commands one after another until the queue is empty. Their output goes to `output`; None: to the terminal."""
    status = 0
    with contextlib.suppress(Empty):
        while status != INTERRUPTED:
            name, command, folder = waiting.get_nowait()
            started_s = time.monotonic()
            failed = call(command, {**test_environment(), "PYTEST_DEBUG_TEMPROOT": str(folder)}, output)
            if not failed and folder.parent == MEMORY:
                shutil.rmtree(folder, ignore_errors=True)
            status = failed or status
            write(f"({name}: {time.monotonic() - started_s:.0f} s)\n".encode(), output)
    return status


def temporary_files(part: Part) -> Path:
    """A folder for the temporary files of one part: pytest closes the folder above its own, which tests open for other users."""
    short = "".join(word[0] for word in part.name.split())
    is_in_memory = part.is_in_memory and has_memory_for_files()
    folder = (MEMORY if is_in_memory else Path(tempfile.gettempdir())) / f"tests-{getpass.getuser()}-{short}"
    if is_in_memory:
        shutil.rmtree(folder, ignore_errors=True)  # pytest keeps those of three runs, which would fill the memory
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def has_memory_for_files() -> bool:
    """Whether temporary files have room in memory: with them on a disk, tests take a sixth more processor time."""
    if not MEMORY.is_dir():
        return False
    found = os.statvfs(MEMORY)
    is_bare = found.f_flag & (os.ST_NOEXEC | os.ST_NOSUID | os.ST_NODEV)
    return not is_bare and found.f_frsize * found.f_bavail >= MEMORY_BYTES


def write(text: bytes, output: IO[bytes] | None) -> None:
    if output is not None:
        output.write(text)
        output.flush()
    else:
        sys.stdout.buffer.write(text)
        sys.stdout.flush()


def test_environment() -> dict[str, str]:
    """This process's variables, with Qt offscreen and the AWS CLI and SAM CLI of the virtual environment first on PATH."""
    path = os.pathsep.join((str(SCRIPTS), os.environ.get("PATH", "")))
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PATH": path}


def check(_: list[str]) -> int:
    install(extras="test")
    checks = (
        [PYTHON, "-m", "ruff", "check", "."],
        [PYTHON, "-m", "mypy"],
        [SCRIPTS / "lint-imports"],
    )
    return max(call(command) for command in checks)


def bench(arguments: list[str]) -> int:
    install(extras="test")
    return call([PYTHON, "-m", "tests.benchmarks", *arguments])


def gallery(arguments: list[str]) -> int:
    install(extras="test")
    return call([PYTHON, "-m", "tests.gallery", *arguments], test_environment())


def wild(arguments: list[str]) -> int:
    install(extras="test")
    return call([PYTHON, "-m", "tests.wild", *arguments], test_environment())


def doctor(arguments: list[str]) -> int:
    install(extras="")
    return call([PYTHON, "-m", "workbench", "doctor", *arguments])


def install(extras: str) -> None:
    """Install the project into .venv. Does nothing when neither pyproject.toml nor Python has changed since the last time."""
    stamp = VENV / f".installed-{extras or 'run'}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        make_venv()
        # Python 3.11's own looks at each of 65,000 files in an index for half a millisecond. Without a new one it takes longer.
        subprocess.run([*PIP, "--upgrade", "pip"], check=False)
    print("Installing Lambda Workbench and its dependencies into .venv …", flush=True)
    target = f"{ROOT}[{extras}]" if extras else str(ROOT)
    subprocess.run([*PIP, "--no-compile", "-e", target], check=True)
    # Here, on all cores; pip does it on one. A few files of others are for other versions of Python.
    tests_of_others = r"site-packages.*[/\\]tests[/\\]"
    call([PYTHON, "-m", "compileall", "-qq", "-j", "0", "-x", tests_of_others, VENV / ("Lib" if os.name == "nt" else "lib")])
    stamp.write_text(wanted)


def make_venv() -> None:
    print(f"Creating a virtual environment with Python {sys.version.split()[0]} …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    need_system_packages(["python3-venv"], "virtual environments")
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def missing_qt_packages() -> list[str]:
    if sys.platform != "linux":
        return []
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    missing = [package for library, package in QT_PACKAGES.items() if library not in known]
    return missing if any(Path("/usr/share/fonts").rglob("*.ttf")) else [*missing, FONT_PACKAGE]


def on_debian_installed(package: str) -> bool:
    if not shutil.which("dpkg-query"):
        return True
    query = ["dpkg-query", "-W", "-f", "${Status}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout.startswith("install ok")


def need_system_packages(packages: list[str], what_for: str) -> None:
    """Install them where that is possible (Debian or Ubuntu, as root). Elsewhere, print the command that would."""
    if not packages:
        return
    wait = ["-o", "DPkg::Lock::Timeout=300"]  # something else may be installing
    command = ["apt-get", *wait, "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {', '.join(packages)} for {what_for} …", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL, check=False)
        if subprocess.run([*command, "-qq"], env=quiet, stdout=subprocess.DEVNULL, check=False).returncode == 0:
            return
    print(f"For {what_for}, install these first:\n\n    sudo {' '.join(command)}\n", flush=True)


def starter_folder() -> Path:
    """The folder of the workspace that `run` opens by default. The program fills it with the starter when it is empty."""
    return ROOT / "build" / "starter"


def call(command: list[str | Path], environment: dict[str, str] | None = None, output: IO[bytes] | None = None) -> int:
    errors = None if output is None else subprocess.STDOUT
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, stdout=output, stderr=errors,
                              check=False).returncode
    except KeyboardInterrupt:
        return INTERRUPTED


def fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
