"""A window on a virtual screen, with mouse and keys as a person has them, and what a person or a screen reader finds there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil

from tests.support.seen import Seen
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.model.past_invocations import PastInvocation, PastInvocationFilter
from workbench.workspace.state_directory import state_directory

PATIENCE_S = 60.0
_MOST_STOPS = 60
_LOOKS = 3
"""What has the same place so often in a row is taken to stay there."""
T = TypeVar("T")


class SeenWindow:
    """A window process. `display` is that of a virtual screen, `person` has its settings."""

    def __init__(self, workspace: Path, display: str, person: Mapping[str, str], log: Path) -> None:
        self.workspace = workspace
        self.state = state_directory(workspace)
        self._environment = {**os.environ, **person, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self._environment.pop("WAYLAND_DISPLAY", None)
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.seen_window_program", str(workspace)], env=self._environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True)

    # --- what is there

    def seen(self) -> list[Seen]:
        """All that can be seen now."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        assert ready, "the window does not answer"
        return msgspec.json.decode(self.process.stdout.readline(), type=list[Seen])

    def all(self, name: str, kind: str = "", inside: str | None = None) -> list[Seen]:
        """What has a name (the beginning of one, with … at its end), and perhaps a kind."""
        return [each for each in self.seen() if _is_named(each.name, name) and each.kind in (kind or each.kind)
                and inside in (None, each.inside)]

    def find(self, name: str, kind: str = "", inside: str | None = None, when: Callable[[Seen], bool] = bool) -> Seen:
        """The first of these, once it is there and as it should be."""
        return until(lambda: next(filter(when, self.all(name, kind, inside)), None), f"{kind} {name!r}")

    def still(self, name: str, kind: str = "", inside: str | None = None) -> Seen:
        """The same, once it can be used and stays where it is: what has just been shown is laid out a moment later."""
        found = [self.find(name, kind, inside)]

        def rests() -> bool:
            found.append(self.find(name, kind, inside, lambda each: each.is_enabled))
            return len(found) > _LOOKS and len({each.place for each in found[-_LOOKS:]}) == 1

        until(rests, f"{kind} {name!r} at rest")
        return found[-1]

    def wait_gone(self, name: str, kind: str = "", inside: str | None = None) -> None:
        """Until it is not there any more."""
        until(lambda: not self.all(name, kind, inside), f"{kind} {name!r} gone")

    def focused(self) -> Seen | None:
        """What has the keyboard."""
        return next((each for each in self.seen() if each.has_focus), None)

    def wait_focus(self, name: str) -> Seen:
        """Until something has the keyboard."""
        return self.find(name, when=lambda each: each.has_focus)

    def ask(self, question: Callable[[EngineClient], Awaitable[T]]) -> T:
        """The engine's answer, asked beside the window."""
        connection = read_connection(self.state)
        assert connection is not None

        async def answer() -> T:
            async with EngineClient(connection) as client:
                return await question(client)

        return asyncio.run(answer())

    def reported(self, count: int) -> list[PastInvocation]:
        """All invocations, the latest first, once so many have their report."""
        def ended() -> list[PastInvocation]:
            page = self.ask(lambda client: client.history.invocations(PastInvocationFilter()))
            return page.invocations if sum(bool(each.status) for each in page.invocations) >= count else []

        return until(ended, f"{count} reports")

    # --- what is done

    def xdotool(self, *arguments: object) -> str:
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def key(self, *keys: str) -> None:
        """One after the other."""
        self.xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        self.xdotool("type", "--delay", "8", text)

    def click(self, name: str, kind: str = "", inside: str | None = None) -> Seen:
        """On the middle of it."""
        found = self.still(name, kind, inside)
        self.click_at(*found.at())
        return found

    def click_at(self, x: int, y: int, button: int = 1) -> None:
        self.xdotool("mousemove", x, y, "click", button)

    def drag(self, *way: tuple[int, int], key: str = "") -> None:
        """Drag a tab from the first point over the others to the last one, wait for the mark that shows where it would go, and
        let it go; if a key is given, press that before, and wait until there is no mark any more.

        A person takes their time, too. A window manager looks at each press before the window gets it, and while it does so,
        keys overtake the mouse.
        """
        first, *others = way
        moves = [part for x, y in others for part in ("mousemove", x, y)]
        self.xdotool("mousemove", *first, "mousedown", 1, *moves)
        until(self._is_marked, "a mark")
        if key:
            self.xdotool("key", key)  # without --clearmodifiers, which lets the button go
            until(lambda: not self._is_marked(), "no mark")
        self.xdotool("mouseup", 1)

    def _is_marked(self) -> bool:
        return any(each.kind == "DropMarker" for each in self.seen())

    def go_to(self, name: str, *, is_back: bool = False) -> Seen:
        """With Tab, or with Shift+Tab, until something has the keyboard."""
        passed: list[str] = []
        while (here := until(self.focused, "a focus")).name != name:
            assert len(passed) < _MOST_STOPS, f"{name!r} is not among {passed}"
            passed.append(here.name)
            self.key("shift+Tab" if is_back else "Tab")
            until(lambda here=here: self._has_left(here), f"the way out of {here.name!r}")
        return here

    def _has_left(self, before: Seen) -> bool:
        now = self.focused()
        return now is not None and (now.name, now.kind, now.place) != (before.name, before.kind, before.place)

    def wheel(self, point: tuple[int, int], notches: int) -> None:
        """Up, or down with fewer than 0."""
        self.xdotool("mousemove", *point, "click", "--repeat", abs(notches), "--delay", 5, 4 if notches > 0 else 5)

    # --- its end

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self.process.kill()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout, self._log):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


@contextlib.contextmanager
def used_window(workspace: Path, display: str, home: Path) -> Iterator[SeenWindow]:
    """A window with the dark theme, of a person with an own home; after the block neither it nor its engine runs."""
    settings = home / "config" / "lambda-workbench"
    settings.mkdir(parents=True)
    (settings / "window.ini").write_text("[appearance]\ntheme=dark\n")
    person = {"HOME": str(home), "XDG_CONFIG_HOME": str(settings.parent)}
    window = SeenWindow(workspace, display, person, home / "window.log")
    try:
        yield window
    finally:
        window.close()
        connection = read_connection(window.state)
        if connection is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                engine = psutil.Process(connection.pid)
                engine.terminate()
                engine.wait(15)


def until(state: Callable[[], T], what: str = "the state") -> T:
    """Poll a state of another process, and return it once it is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := state()):
        assert time.monotonic() < deadline, f"{what} was not reached"
        time.sleep(0.04)
    return found


def _is_named(name: str, wanted: str) -> bool:
    return name.startswith(wanted[:-1]) if wanted.endswith("…") else name == wanted
