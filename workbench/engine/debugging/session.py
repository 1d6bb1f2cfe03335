"""One function that is being debugged: its open port, its current environment, and what its debuggers do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from workbench.debugging.launch import Language
from workbench.engine.debugging.environment_debugger import EnvironmentDebugger
from workbench.model.engine_api import DebuggerState
from workbench.model.function import SandboxKind


class DebugPort(Protocol):
    """Listens for debuggers. One of them is for each protocol."""

    async def open(self, port: int) -> int:
        """Listen on 127.0.0.1, at any free port for 0; the port. Raises OSError."""

    async def close(self) -> None:
        """Stop listening and hang up; the function continues."""

    async def release(self, debugger: EnvironmentDebugger) -> None:
        """Let an environment go on that waits for a debugger. Raises OSError as long as it does not answer."""


class DebugSession:
    """On the engine's loop.

    `tell` publishes a change: the state, and the environment or None; `release` lets an environment go that waits in vain.
    """

    def __init__(
        self, function_name: str, language: Language, sandbox: SandboxKind,
        tell: Callable[[DebugSession, DebuggerState, EnvironmentDebugger | None], None],
        release: Callable[[DebugSession, EnvironmentDebugger], None],
    ) -> None:
        self.function_name = function_name
        self.language = language
        self.sandbox = sandbox
        self.port = 0
        self.local_root, self.remote_root = "", ""
        self.is_over = False
        self._publish = tell
        self._release = release
        self._debuggers: dict[object, tuple[bool, bool]] = {}
        self._current: EnvironmentDebugger | None = None
        self._news = asyncio.Event()

    @property
    def is_attached(self) -> bool:
        """Whether a debugger holds the function's strings."""
        return any(attached for attached, _ in self._debuggers.values())

    @property
    def is_stopped(self) -> bool:
        """Whether the function stands, at a breakpoint or for a look."""
        return any(stopped for _, stopped in self._debuggers.values())

    @property
    def is_waiting(self) -> bool:
        """Whether an environment stands before the function's module because no debugger is attached."""
        return self._current is not None and self._current.is_waiting

    @property
    def current(self) -> EnvironmentDebugger | None:
        """The environment that debuggers are led to."""
        return self._current

    async def environment(self) -> EnvironmentDebugger:
        """The environment to debug, as soon as there is one."""
        while self._current is None:
            await self._news.wait()
        return self._current

    def environment_started(self, debugger: EnvironmentDebugger) -> None:
        """Debuggers are led there from now on."""
        self._current = debugger
        self._news.set()
        self._news = asyncio.Event()
        if self.is_over:
            self._release(self, debugger)
        elif debugger.is_waiting:
            self._publish(self, "waiting", debugger)

    def end(self) -> None:
        """End debugging: a runtime that waits for a debugger, now or in a moment, continues."""
        self.is_over = True
        if self._current is not None and self._current.is_waiting:
            self._release(self, self._current)

    def environment_ended(self, debugger: EnvironmentDebugger) -> None:
        """The debugger sees the end of its connection."""
        if self._current is debugger:
            self._current = None

    def debugger_told(self, who: object, debugger: EnvironmentDebugger, *, attached: bool, stopped: bool) -> None:
        """One connection's state now; limits and stream follow."""
        before = self.is_attached, self.is_stopped
        self._debuggers[who] = (attached, stopped)
        if not attached and not stopped:
            del self._debuggers[who]
        now = self.is_attached, self.is_stopped
        if debugger is self._current:
            debugger.tell(attached=now[0], stopped=now[1])
        for state in _changes(before, now):
            self._publish(self, state, debugger)


def _changes(before: tuple[bool, bool], now: tuple[bool, bool]) -> list[DebuggerState]:
    states: list[DebuggerState] = []
    if now[0] and not before[0]:
        states.append("attached")
    if now[1] != before[1] and now[0]:
        states.append("stopped" if now[1] else "running")
    if before[0] and not now[0]:
        states.append("detached")
    return states
