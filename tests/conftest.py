"""What every test is held to: no unexpected log records, and nothing left running."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from tests.support.descendants import descendants
from tests.support.forked_commands import forked_commands
from tests.support.package_cache import package_cache
from workbench.workspace.trusted_folders import TrustedFolders

_ENDING_LIMIT_S = 15
"""How long what a test has ended may take to be gone, on a machine with nothing left to give."""
_LASTING_THREADS = ("asyncio_", "pytest_timeout", "QThread", "Dummy-", "pydevd")

settings.register_profile("untimed", deadline=None, max_examples=30)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """A shell that starts the tests in the background has the keyboard's signal ignored, by all that they start too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Test modules stay to the end: the collector looks through them neither while they are read nor afterwards."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _commands() -> Iterator[None]:
    """What commands are forked from starts with the first of them, in the variables of now, and is gone after the last test."""
    with contextlib.closing(forked_commands()):
        yield


@pytest.fixture(scope="session")
def _trusting_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a person who trusts what tests write; tests of trust look at folders that are not trusted."""
    state = tmp_path_factory.mktemp("trusting")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(state))
        for folder in (tmp_path_factory.getbasetemp(), Path(__file__).parents[1]):
            TrustedFolders().trust_below(folder)
    return state


@pytest.fixture(scope="session")
def _persons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one for each test: for a numbered one, pytest would read the names of all that there are, each time."""
    return tmp_path_factory.mktemp("persons")


@pytest.fixture(autouse=True)
def _isolated_person(_persons: Path, monkeypatch: pytest.MonkeyPatch, _trusting_state: Path) -> None:
    """Settings, recent workspaces and state go to a folder of the test, never to the person's own."""
    home = Path(tempfile.mkdtemp(dir=_persons))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    shutil.copytree(_trusting_state, home / "xdg_state_home")


@pytest.fixture
def one_cache(
    tmp_path_factory: pytest.TempPathFactory, _isolated_person: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test's cache is that of all tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(package_cache(tmp_path_factory)))


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder of this machine that is at no place of Lambda's own, readable for everyone."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    (folder / "data.csv").write_text("a;b")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _no_unexpected_log_records(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """A warning or error in the log fails the test, unless it is marked with `expects_log`."""
    yield
    if request.node.get_closest_marker("expects_log"):
        return
    unexpected = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not unexpected, [record.getMessage() for record in unexpected]


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """Threads and child processes of a test end with it."""
    threads = set(threading.enumerate())
    children = descendants(os.getpid())
    yield
    left = [thread for thread in threading.enumerate() if thread not in threads and _counts(thread)]
    for thread in left:
        thread.join(_ENDING_LIMIT_S)
    assert not [thread.name for thread in left if thread.is_alive()]
    if new := descendants(os.getpid()) - children - forked_commands().origins():
        _, alive = psutil.wait_procs(_processes(new), timeout=_ENDING_LIMIT_S)
        assert not [_described(child) for child in alive]


def _counts(thread: threading.Thread) -> bool:
    return not thread.name.startswith(_LASTING_THREADS)


def _processes(pids: set[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return found


def _described(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())} (parent {process.ppid()}, us {os.getpid()})"
    except psutil.Error:
        return str(process.pid)
