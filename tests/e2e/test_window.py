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

    def wait_focused(self) -> None:
        """Until it is on the screen and has the keyboard: no key is lost from then on, whatever it is still doing."""
        wait_for(self._is_focused)

    def wait_ready(self) -> None:
        wait_for(self.is_connected)
        self.wait_focused()

    def _is_focused(self) -> bool:
        """Its own window, that is: a tooltip over it would be another one, without commands."""
        title = ("--all", "--pid", str(self.process.pid), "--name", "Lambda Workbench$")
        window = self.xdotool("search", "--onlyvisible", *title).split("\n")[0]
        self.xdotool("windowfocus", window)
        return bool(window) and self.xdotool("getwindowfocus") == window

    def is_connected(self) -> bool:
        """Whether this window (not an earlier one) talks to the engine."""
        connection = read_connection(self.state)
        if connection is None:
            return False
        port = urlparse(connection.url).port
        mine = psutil.Process(self.process.pid).net_connections("tcp")
        return any(one.status == "ESTABLISHED" and one.raddr and one.raddr.port == port for one in mine)

    def key(self, keys: str) -> None:
        self.xdotool("key", "--clearmodifiers", keys)

    def type_at_end(self, text: str, delay_ms: int = 20) -> None:
        """Into the code, which has the focus of a window that has just been opened."""
        self.key("ctrl+End")
        self.xdotool("type", "--delay", str(delay_ms), text)

    def invoke(self) -> list[StreamEvent]:
        """Ctrl+Enter, once, and the REPORTs there are then."""
        before = len(self.reports())
        self.key("ctrl+Return")
        return self.wait_for_reports(before + 1)

    def wait_for_reports(self, count: int) -> list[StreamEvent]:
        wait_for(lambda: len(self.reports()) >= count, every_s=0.25)  # each look is a request to the engine
        return self.reports()

    def engine_pid(self) -> int | None:
        connection = read_connection(self.state)
        return connection.pid if connection else None

    def reports(self) -> list[StreamEvent]:
        """The REPORTs in the journal, read beside the engine from a copy (it holds the file alone)."""
        return [event for event in self._events() if event.type == "platform.report"]

    def notice(self) -> str:
        """What the engine tells of itself."""
        from workbench.client.api import EngineClient

        connection = read_connection(self.state)
        assert connection is not None
        import asyncio

        async def fetch() -> str:
            async with EngineClient(connection) as client:
                return (await client.health()).notice

        return asyncio.run(fetch())

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


def wait_for(condition: Callable[[], object], limit_s: float = 60, every_s: float = 0.05) -> None:
    """Poll a state of another process."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "the state was not reached"
        time.sleep(every_s)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return create_workspace(tmp_path / "shop", name="shop")


OpenWindow = Callable[..., Window]


@pytest.fixture
def open_window(workspace: Path, screen: str, tmp_path: Path) -> Iterator[OpenWindow]:
    """Opens windows on the workspace; afterwards neither they nor their engine run. `is_ready`: it talks to its engine."""
    windows: list[Window] = []
    person = tmp_path / "person"
    person.mkdir()

    def open_one(*, is_ready: bool = True) -> Window:
        window = Window(workspace, screen, person)
        windows.append(window)
        if is_ready:
            window.wait_ready()
        else:
            window.wait_focused()
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


def test_invoked_with_the_keyboard_and_closed_it_leaves_a_history_that_others_can_read(open_window: OpenWindow) -> None:
    window = open_window(is_ready=False)
    window.key("ctrl+Return")  # its workspace is still being read, and its engine started
    assert len(window.wait_for_reports(1)) == 1
    cold, warm = window.invoke()
    assert (cold.fields()["status"], warm.fields()["status"]) == ("success", "success")
    assert "initDurationMs" in cold.fields()["metrics"]
    assert "initDurationMs" not in warm.fields()["metrics"]
    engine = psutil.Process(window.engine_pid() or 0)
    window.key("ctrl+q")
    assert window.process.wait(20) == 0
    assert not engine.is_running() or engine.wait(20) == 0
    assert not (window.state / "engine.json").exists()
    with contextlib.closing(sqlite3.connect(data_directory(window.workspace) / "journal.sqlite")) as journal:
        (body,) = journal.execute("SELECT event FROM events ORDER BY seq LIMIT 1").fetchone()
    assert msgspec.json.decode(body, type=StreamEvent).seq == 1


def test_crashes_of_the_window_lose_nothing(open_window: OpenWindow, workspace: Path) -> None:
    code = workspace / "hello" / "app.py"
    window = open_window()
    engine = window.engine_pid()
    assert len(window.invoke()) == 1
    window.kill()
    log = window.state / "engine.log"
    wait_for(lambda: "The window of this engine ended without saying so. The engine waits 30 s" in log.read_text())
    assert "then ends" in window.notice()
    second = open_window()
    assert second.engine_pid() == engine
    wait_for(lambda: "A window uses this engine again: it stays." in log.read_text())
    assert not second.notice()
    assert len(second.reports()) == 1
    assert len(second.invoke()) == 2
    assert "initDurationMs" not in second.reports()[1].fields()["metrics"], "the environment was kept"
    second.type_at_end("# unsaved words")
    wait_for(lambda: _kept(second, b"# unsaved words"))
    second.process.kill()  # nobody has asked how it ended: it is still a zombie
    wait_for(lambda: psutil.Process(second.process.pid).status() == psutil.STATUS_ZOMBIE)
    assert "# unsaved words" not in code.read_text()
    third = open_window()
    third.key("ctrl+s")
    wait_for(lambda: "# unsaved words" in code.read_text())


def test_a_crash_of_the_engine_is_mended(open_window: OpenWindow) -> None:
    window = open_window()
    assert len(window.invoke()) == 1
    first = window.engine_pid()
    assert first is not None
    psutil.Process(first).kill()
    wait_for(lambda: window.engine_pid() not in (None, first))
    window.wait_for_reports(1)
    assert len(window.invoke()) == 2
    assert window.process.poll() is None


def test_text_typed_a_moment_before_sigterm_comes_back(open_window: OpenWindow, workspace: Path) -> None:
    code = workspace / "hello" / "app.py"
    window = open_window()
    window.type_at_end("# last words", delay_ms=5)
    window.process.terminate()  # sooner than the recovery's timer
    assert window.process.wait(20) == 0, "in order: its engine has ended too"
    assert not (window.state / "engine.json").exists()
    assert "# last words" not in code.read_text()
    again = open_window()
    again.key("ctrl+s")
    wait_for(lambda: "# last words" in code.read_text())


def _kept(window: Window, words: bytes) -> bool:
    """Texts are written aside and put in place whole: what has another ending may be gone a moment later."""
    return any(words in path.read_bytes() for path in (window.state / "recovery").glob("*/*.json"))
