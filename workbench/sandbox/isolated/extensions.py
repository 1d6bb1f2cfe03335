"""The external extensions of one sandbox: each has its own program and output pipe, in the same namespaces as the runtime."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from workbench.background import TaskSet
from workbench.sandbox.isolated.life import Life
from workbench.sandbox.isolated.programs import reason_not_to_start
from workbench.sandbox.isolated.supervisor import Told
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.process.extensions import extension_names
from workbench.sandbox.process.go_errors import system_words
from workbench.sandbox.process.output import OutputPipe
from workbench.sandbox.process.signals import kill_family
from workbench.sandbox.protocol import Exit, ExtensionHandler


class _Running(msgspec.Struct):
    pipe: OutputPipe
    pid: int = 0
    """The process on this machine, 0 until it was started."""
    has_ended: bool = False
    """Whether it has ended and its last output is being read."""


class IsolatedExtensions:
    """Starts and ends the extensions below `opt_path`. On the loop."""

    def __init__(self, opt_path: str, outputs: Path, life: Callable[[], Life], share: LoopShare) -> None:
        """`outputs`: a folder for their pipes, which the sandbox sees too."""
        self.names = extension_names(opt_path)
        self._folder = Path(opt_path) / "extensions"
        self._outputs = outputs
        self._life = life
        self._share = share
        self._last_words = TaskSet()
        self._running: dict[str, _Running] = {}
        self._handler: ExtensionHandler | None = None
        self._changed = asyncio.Event()

    @property
    def pids(self) -> list[int]:
        """The extensions' processes that are running now."""
        return [each.pid for each in self._running.values() if each.pid and not each.has_ended]

    def start(self, handler: ExtensionHandler) -> dict[str, str]:
        """Start all; returns those that cannot be started: name -> error in Lambda's words. Raises SandboxError."""
        self._handler = handler
        failed: dict[str, str] = {}
        for number, name in enumerate(self.names):
            reason = reason_not_to_start(self._folder / name)
            if reason:
                failed[name] = f"fork/exec /opt/extensions/{name}: {system_words(OSError(reason, os.strerror(reason)))}"
            else:
                self._running[name] = _Running(self._pipe(number, name, handler))
                self._life().order("extension", str(number))
        return failed

    def told(self, told: Told, pid: int) -> None:
        """Handle a report of the supervisor about an extension; `pid` is the process's ID on this machine."""
        name = next(iter(self.names[int(told.which) :]), "")
        running = self._running.get(name)
        if running is None:
            return
        if told.pid:
            running.pid = pid
            running.pipe.close_write_end()
        else:
            self._end(name, Exit(code=told.code, signal=told.signal))

    def have_drained(self) -> bool:
        """Whether nothing of theirs waits to be delivered."""
        return not self._running or all(running.pipe.has_drained() for running in self._running.values())

    async def drain(self) -> None:
        """Deliver what they have written until now."""
        for running in tuple(self._running.values()):
            await running.pipe.drain()

    @property
    def are_heard_out(self) -> bool:
        """Whether the handler knows of all that have ended."""
        return not self._last_words

    async def heard_out(self) -> None:
        """Return when the handler knows of all that have ended."""
        await self._last_words.finished()

    def kill(self, name: str) -> None:
        """Kill one with everything it started."""
        running = self._running.get(name)
        if running is not None and running.pid and not running.has_ended:
            kill_family(running.pid)

    def all_ended(self) -> None:
        """Report all as killed: the sandbox is gone, and they with it."""
        for name in tuple(self._running):
            self._end(name, Exit(signal=9))

    async def close(self, limit_s: float) -> None:
        """Kill all; returns when they are gone, or after `limit_s`."""
        for name in tuple(self._running):
            self.kill(name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while self._running:
                    self._changed.clear()
                    await self._changed.wait()

    def _pipe(self, number: int, name: str, handler: ExtensionHandler) -> OutputPipe:
        path = self._outputs / str(number)
        with contextlib.suppress(FileNotFoundError):  # one of the sandbox before a reset
            path.unlink()
        os.mkfifo(path)
        path.chmod(0o622)  # whatever the umask: the sandbox's user writes it
        # The read end first: a pipe cannot be opened for writing alone while nobody reads it.
        read_end = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        ends = (read_end, os.open(path, os.O_WRONLY | os.O_CLOEXEC))
        return OutputPipe(lambda data: handler.extension_output(name, data), self._share, ends=ends)

    def _end(self, name: str, how: Exit) -> None:
        running = self._running[name]
        if running.has_ended:
            return
        self.kill(name)
        running.has_ended = True
        self._last_words.begin("The end of an extension", self._hear_out(name, running, how))

    async def _hear_out(self, name: str, running: _Running, how: Exit) -> None:
        """Report an extension's end after all its output was delivered."""
        await running.pipe.finish()
        del self._running[name]
        self._changed.set()
        assert self._handler is not None
        self._handler.extension_exited(name, how)


