"""The real window as a person meets it: a process on a screen, keys, the engine beside it, crashes of either."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import msgspec
import psutil
import pytest

from workbench.client.engine_process import read_connection
from workbench.model.events import StreamEvent
from workbench.workspace.starters import create_workspace
from workbench.workspace.state_directory import data_directory, state_directory


class Window:
    """A window process on a virtual screen."""

    def __init__(self, workspace: Path, display: str, person: Path) -> None:
        self.workspace = workspace
        self.state = state_directory(workspace)
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(person)}
        environment.pop("WAYLAND_DISPLAY", None)
        self.log = (person / "window.log").open("ab")
        command = [sys.executable, "-m", "workbench", "open", str(workspace)]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)
        self._environment = environment

    def xdotool(self, *arguments: str) -> str:
        done = subprocess.run(["xdotool", *arguments], env=self._environment, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def identifier(self) -> str:
        return self.xdotool("search", "--onlyvisible", "--pid", str(self.process.pid)).split("\n")[-1]

    def wait_ready(self) -> None:
        wait_for(lambda: bool(self.identifier()) and self.is_connected())
        self.xdotool("windowfocus", "--sync", self.identifier())

    def is_connected(self) -> bool:
        """Whether this window (not an earlier one) talks to the engine."""
        connection = read_connection(self.state)
        if connection is None:
            return False
        port = urlparse(connection.url).port
        mine = psutil.Process(self.process.pid).net_connections("tcp")
        return any(one.status == "ESTABLISHED" and one.raddr and one.raddr.port == port for one in mine)

    def key(self, keys: str) -> None:
        self.xdotool("windowfocus", self.identifier())
        self.xdotool("key", "--clearmodifiers", keys)

    def invoke(self) -> list[StreamEvent]:
        """Ctrl+Enter, and the REPORTs there are then. Pressed again when the window was not listening yet."""
        before = len(self.reports())
        for _ in range(5):
            self.key("ctrl+Return")
            with contextlib.suppress(AssertionError):
                wait_for(lambda: len(self.reports()) > before, 5)
                break
        return self.reports()

    def engine_pid(self) -> int | None:
        connection = read_connection(self.state)
        return connection.pid if connection else None

    def reports(self) -> list[StreamEvent]:
        """The REPORTs in the journal, read beside the engine from a copy (it holds the file alone)."""
        return [event for event in self._events() if event.type == "platform.report"]

    def _events(self) -> Iterator[StreamEvent]:
        from workbench.client.api import EngineClient

        connection = read_connection(self.state)
        if connection is None:
            return
        import asyncio

        async def fetch() -> list[StreamEvent]:
            async with EngineClient(connection) as client:
                return await client.events(limit=10_000)

        yield from asyncio.run(fetch())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        self.kill()
        self.log.close()


def wait_for(condition: Callable[[], object], limit_s: float = 30) -> None:
    """Poll a state of another process."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "the state was not reached"
        time.sleep(0.05)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return create_workspace(tmp_path / "shop", name="shop")


@pytest.fixture
def open_window(workspace: Path, screen: str, tmp_path: Path) -> Iterator[Callable[[], Window]]:
    """Opens windows on the workspace; afterwards neither they nor their engine run."""
    windows: list[Window] = []
    person = tmp_path / "person"
    person.mkdir()

    def open_one() -> Window:
        window = Window(workspace, screen, person)
        windows.append(window)
        window.wait_ready()
        return window

    yield open_one
    for window in windows:
        window.close()
    connection = read_connection(state_directory(workspace))
    if connection is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            engine = psutil.Process(connection.pid)
            engine.terminate()
            engine.wait(15)


def test_invoke_with_the_keyboard_cold_then_warm(open_window: Callable[[], Window]) -> None:
    window = open_window()
    assert len(window.invoke()) == 1
    assert len(window.invoke()) == 2
    cold, warm = window.reports()
    assert (cold.fields()["status"], warm.fields()["status"]) == ("success", "success")
    assert "initDurationMs" in cold.fields()["metrics"]
    assert "initDurationMs" not in warm.fields()["metrics"]


def test_closing_the_window_ends_its_engine(open_window: Callable[[], Window]) -> None:
    window = open_window()
    engine = psutil.Process(window.engine_pid() or 0)
    window.key("ctrl+q")
    assert window.process.wait(20) == 0
    assert not engine.is_running() or engine.wait(20) == 0
    assert not (window.state / "engine.json").exists()


def test_a_crash_of_the_window_loses_nothing(open_window: Callable[[], Window]) -> None:
    window = open_window()
    engine = window.engine_pid()
    assert len(window.invoke()) == 1
    window.kill()
    again = open_window()
    assert again.engine_pid() == engine
    assert len(again.reports()) == 1
    assert len(again.invoke()) == 2
    assert "initDurationMs" not in again.reports()[1].fields()["metrics"], "the environment was kept"


def test_a_crash_of_the_engine_is_mended(open_window: Callable[[], Window]) -> None:
    window = open_window()
    assert len(window.invoke()) == 1
    first = window.engine_pid()
    assert first is not None
    psutil.Process(first).kill()
    wait_for(lambda: window.engine_pid() not in (None, first))
    wait_for(lambda: len(window.reports()) == 1)
    assert len(window.invoke()) == 2
    assert window.process.poll() is None


def test_history_is_a_database_that_others_can_read(open_window: Callable[[], Window]) -> None:
    window = open_window()
    assert len(window.invoke()) == 1
    window.key("ctrl+q")
    window.process.wait(20)
    with contextlib.closing(sqlite3.connect(data_directory(window.workspace) / "journal.sqlite")) as journal:
        (body,) = journal.execute("SELECT event FROM events ORDER BY seq LIMIT 1").fetchone()
    assert msgspec.json.decode(body, type=StreamEvent).seq == 1


def test_unsaved_text_survives_a_crash_of_the_window(open_window: Callable[[], Window], workspace: Path) -> None:
    code = workspace / "hello" / "app.py"
    window = open_window()
    window.key("ctrl+End")
    window.xdotool("type", "--delay", "20", "# unsaved words")
    wait_for(lambda: _kept(window, b"# unsaved words"))
    window.kill()
    assert "# unsaved words" not in code.read_text()
    again = open_window()
    wait_for(lambda: _saved(again, code))


def _kept(window: Window, words: bytes) -> bool:
    """Texts are written aside and put in place whole: what has another ending may be gone a moment later."""
    return any(words in path.read_bytes() for path in (window.state / "recovery").glob("*/*.json"))


def _saved(window: Window, code: Path) -> bool:
    window.key("ctrl+s")
    return "# unsaved words" in code.read_text()


def test_text_typed_a_moment_before_sigterm_comes_back(open_window: Callable[[], Window], workspace: Path) -> None:
    code = workspace / "hello" / "app.py"
    window = open_window()
    window.key("ctrl+End")
    window.xdotool("type", "--delay", "5", "# last words")
    window.process.terminate()  # sooner than the recovery's timer
    assert window.process.wait(20) == 0, "in order: its engine has ended too"
    assert not (window.state / "engine.json").exists()
    assert "# last words" not in code.read_text()
    again = open_window()
    again.key("ctrl+s")
    wait_for(lambda: "# last words" in code.read_text())


def test_text_of_a_killed_window_that_is_still_a_zombie_comes_back(open_window: Callable[[], Window], workspace: Path) -> None:
    code = workspace / "hello" / "app.py"
    window = open_window()
    window.key("ctrl+End")
    window.xdotool("type", "--delay", "20", "# unsaved words")
    wait_for(lambda: _kept(window, b"# unsaved words"))
    window.process.kill()
    wait_for(lambda: psutil.Process(window.process.pid).status() == psutil.STATUS_ZOMBIE)
    again = open_window()
    wait_for(lambda: _saved(again, code))
