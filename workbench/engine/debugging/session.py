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
    """Listens for debuggers. There is one class per protocol."""

    async def open(self, port: int) -> int:
        """Listen on 127.0.0.1 and return the port; 0 asks for any free one. Raises OSError."""

    async def close(self) -> None:
        """Stop listening and close all connections; the function continues."""

    async def release(self, debugger: EnvironmentDebugger) -> None:
        """Let an environment go on that waits for a debugger. Raises OSError while its debugger does not answer yet."""


class DebugSession:
    """The debugging of one function, over all its environments. Implements DebugOwner. Use it on the engine's loop.

    `tell` publishes a change: the state, and the environment or None. `release` lets an environment go on that waits in vain.
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
        """Whether a debugger is attached."""
        return any(attached for attached, _ in self._debuggers.values())

    @property
    def is_stopped(self) -> bool:
        """Whether the function is stopped, at a breakpoint or because a person paused it."""
        return any(stopped for _, stopped in self._debuggers.values())

    @property
    def is_waiting(self) -> bool:
        """Whether an environment waits for a debugger before it loads the function's module."""
        return self._current is not None and self._current.is_waiting

    @property
    def current(self) -> EnvironmentDebugger | None:
        """The environment that debuggers are led to, None between two."""
        return self._current

    async def environment(self) -> EnvironmentDebugger:
        """Wait until there is an environment to debug, and return it."""
        while self._current is None:
            await self._news.wait()
        return self._current

    def environment_started(self, debugger: EnvironmentDebugger) -> None:
        """Lead debuggers to this environment from now on."""
        self._current = debugger
        self._news.set()
        self._news = asyncio.Event()  # for the next one: those that waited are awake, whoever comes now finds `_current`
        if self.is_over:  # debugging was switched off while the runtime, told to wait for a debugger, was starting
            self._release(self, debugger)
        elif debugger.is_waiting:
            self._publish(self, "waiting", debugger)

    def end(self) -> None:
        """End debugging: a runtime that waits for a debugger now, or will in a moment, continues."""
        self.is_over = True
        if self._current is not None and self._current.is_waiting:
            self._release(self, self._current)

    def environment_ended(self, debugger: EnvironmentDebugger) -> None:
        """Lead nobody to this environment any more; its debuggers see the end of their connections."""
        if self._current is debugger:  # a newer one may have started before the end of this one was known
            self._current = None

    def debugger_told(self, who: object, debugger: EnvironmentDebugger, *, attached: bool, stopped: bool) -> None:
        """Take over the state of one connection, adjust the limits and publish what changed."""
        before = self.is_attached, self.is_stopped
        self._debuggers[who] = (attached, stopped)
        if not attached and not stopped:
            del self._debuggers[who]
        now = self.is_attached, self.is_stopped
        if debugger is self._current:  # a connection to an earlier environment may end late; its limits are gone
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
