"""The external extensions of one environment: each has its own process, process group and output pipe."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from workbench.background import TaskSet
from workbench.model.failures import SandboxError
from workbench.sandbox.extension_variables import extension_variables
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.process.child_registry import ChildRegistry
from workbench.sandbox.process.exit import watch_exit
from workbench.sandbox.process.go_errors import system_words
from workbench.sandbox.process.output import OutputPipe
from workbench.sandbox.process.place import Place
from workbench.sandbox.process.signals import freeze_group, kill_family, thaw_group
from workbench.sandbox.process.spawning import Program, spawn
from workbench.sandbox.protocol import Exit, ExtensionHandler


class ExtensionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to start the extensions below `opt_path`. `environment` is the runtime's; not all of it is passed on."""

    opt_path: str
    place: Place
    environment: Mapping[str, str]
    obeys_modes: bool = False


def extension_names(opt_path: str) -> tuple[str, ...]:
    """The files in the extensions folder, sorted by name; () if there are none."""
    folder = Path(opt_path) / "extensions"
    if not opt_path or not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_file()))


class ExtensionProcesses:
    """Starts and ends the extensions of one sandbox. On the engine's loop."""

    def __init__(self, plan: ExtensionPlan, children: ChildRegistry, share: LoopShare) -> None:
        self.names = extension_names(plan.opt_path)
        self._plan = plan
        self._children = children
        self._share = share
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._pipes: dict[str, OutputPipe] = {}
        self._ended: list[int] = []
        self._one_ended = asyncio.Event()
        self._last_words = TaskSet()

    @property
    def pids(self) -> list[int]:
        """The extensions' processes that are running now."""
        return [process.pid for process in self._running.values()]

    def start(self, handler: ExtensionHandler) -> dict[str, str]:
        """Start all; returns those that the system refused to start: name -> error in Lambda's words. Raises SandboxError."""
        failed: dict[str, str] = {}
        for name in self.names:
            try:
                self._start(name, handler)
            except OSError as error:
                failed[name] = f"fork/exec /opt/extensions/{name}: {system_words(error)}"
        return failed

    def have_drained(self) -> bool:
        """Whether nothing of theirs waits to be delivered."""
        return not self._pipes or all(pipe.has_drained() for pipe in self._pipes.values())

    async def drain(self) -> None:
        """Deliver what they have written until now."""
        for pipe in tuple(self._pipes.values()):
            await pipe.drain()

    def freeze(self) -> None:
        """Stop them until the next event, group by group."""
        for pid in self.pids:
            freeze_group(pid)

    def thaw(self) -> None:
        """Resume them."""
        for pid in self.pids:
            thaw_group(pid)

    @property
    def are_heard_out(self) -> bool:
        """Whether the handler knows of all that have ended."""
        return not self._last_words

    async def heard_out(self) -> None:
        """Return when the handler knows of all that have ended."""
        await self._last_words.finished()

    def kill(self, name: str) -> None:
        """Kill one with everything it started."""
        process = self._running.get(name)
        if process is not None:
            kill_family(process.pid)

    async def close(self, limit_s: float) -> None:
        """Kill all; returns when they are gone, or after `limit_s`."""
        for name in tuple(self._running):
            self.kill(name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while self._running:
                    self._one_ended.clear()
                    await self._one_ended.wait()

    def gone(self) -> None:
        """Forget extensions that have ended, as no process that they started is left."""
        for pid in self._ended:
            self._children.gone(pid)

    def _start(self, name: str, handler: ExtensionHandler) -> None:
        pipe = OutputPipe(lambda data: handler.extension_output(name, data), self._share)
        try:
            process = self._spawn(name, pipe.write_end)
        except (OSError, SandboxError):
            pipe.close()
            raise
        pipe.close_write_end()
        self._running[name], self._pipes[name] = process, pipe
        self._children.started(process.pid, self._plan.place.temp_folder)
        watch_exit(process, self._when_ended(name, process, handler))

    def _spawn(self, name: str, write_end: int) -> subprocess.Popen[bytes]:
        variables = extension_variables(self._plan.environment)
        argv = (os.path.join(self._plan.opt_path, "extensions", name),)
        program = Program(argv=argv, folder=self._plan.opt_path, environment=variables, obeys_modes=self._plan.obeys_modes)
        return spawn(program, write_end, self._plan.place.group)

    def _when_ended(self, name: str, process: subprocess.Popen[bytes], handler: ExtensionHandler) -> Callable[[], None]:
        def ended() -> None:
            # In this order: once it is reaped, its ID may belong to another process, which would be killed in its place.
            kill_family(process.pid)
            self._children.ended(process.pid)
            self._last_words.begin("The end of an extension", hear_out(process.wait()))

        async def hear_out(code: int) -> None:
            await self._pipes.pop(name).finish()
            del self._running[name]
            self._ended.append(process.pid)
            self._one_ended.set()
            handler.extension_exited(name, Exit(code=code) if code >= 0 else Exit(signal=-code))

        return ended
