"""One environment's runtime and extensions in their own namespaces."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping

from workbench.background import begin, begin_awaited
from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.command import GROUP, USER
from workbench.sandbox.isolated.deaths import Deaths
from workbench.sandbox.isolated.extensions import IsolatedExtensions
from workbench.sandbox.isolated.freezer import SandboxFreezer
from workbench.sandbox.isolated.life import Life
from workbench.sandbox.isolated.members import members_of
from workbench.sandbox.isolated.plan import IsolatedPlan
from workbench.sandbox.isolated.supervisor import RUNTIME, Told
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.process.living_sandboxes import LivingSandboxes
from workbench.sandbox.process.output import OutputPipe
from workbench.sandbox.process.sandbox_memory import SandboxMemory
from workbench.sandbox.process.signals import ask_to_end, kill_family
from workbench.sandbox.process.watcher import MemoryWatcher
from workbench.sandbox.protocol import Exit, ExtensionHandler, OutputHandler

KILLED = 9
KILL_TIMEOUT_S = 5.0


class IsolatedSandbox:
    """Implements the Sandbox protocol. Its construction starts making the namespaces. Use it on the engine's loop."""

    def __init__(
        self, plan: IsolatedPlan, output: OutputHandler, watcher: MemoryWatcher, living: LivingSandboxes, share: LoopShare
    ) -> None:
        """Start bwrap. Raises OSError, SandboxError."""
        self.peer_address = "127.0.0.1"
        self.shares_network = plan.place.holder.shares_network
        self.notices: tuple[str, ...] = ()
        self.comes_from_snapshot = False
        self.started_ns = 0
        self._plan = plan
        self._watcher = watcher
        self._living = living
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._ending: asyncio.Task[None] | None = None
        self._last_words: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._runtime = 0
        self._freezer = SandboxFreezer(plan.place.group)
        self._deaths = Deaths(lambda: self._freezer.thaw(self._life.first_pid))
        self._memory = SandboxMemory(plan.memory_mb, plan.place.group, self._members)
        self._shares_cpu = False
        # The life is asked for later: it is made after the extensions, whose reports it passes on.
        self._extensions = IsolatedExtensions(plan.opt_path, plan.place.holder.outputs, lambda: self._life, share)
        self.extensions = self._extensions.names
        self._pipe = OutputPipe(output, share)
        try:
            self._life = Life(plan.life, self._pipe.write_end, self._told, self._all_ended)
        except BaseException:
            self._pipe.close()
            raise
        self._pipe.close_write_end()
        living.children.started(self._life.pid, plan.place.holder.folder)

    def shell_command(self) -> tuple[str, ...]:
        """Return the command that enters its namespaces as its user, outside of its control group: neither frozen nor limited."""
        pid = self._life.first_pid
        if not pid or self._exit.done():
            return ()
        user = ("--setuid", str(USER), "--setgid", str(GROUP)) if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        network = () if self.shares_network else ("--net",)
        spaces = ("--mount", "--pid", "--ipc", "--uts", *network, *user)
        return ("nsenter", "--target", str(pid), *spaces, "--root", "--wd", "/bin/sh")

    async def make_ready(self) -> None:
        """Return when everything but the runtime is there. Raises SandboxError."""
        await self._ready()

    async def start_extensions(self, handler: ExtensionHandler) -> Mapping[str, str]:
        """Start all external extensions; returns those that cannot be started: name -> reason. Raises SandboxError."""
        self._check_begun()
        await self._ready()
        return self._extensions.start(handler)

    def kill_extension(self, name: str) -> None:
        """Kill one extension and what it started."""
        self._extensions.kill(name)

    async def start(self) -> None:
        """Start the runtime. Raises EntrypointInvalid if the code's own bootstrap cannot be started, otherwise SandboxError."""
        self._check_begun()
        if self.started_ns:
            raise SandboxError("This environment was started before.")
        self._plan.require_runtime()
        await self._ready()
        self.started_ns = time.monotonic_ns()
        self._life.order(RUNTIME)
        self._watcher.watch(self)

    async def connect(self, port: int) -> socket.socket:
        """Connect with a socket made in the environment's network."""
        return await self._plan.place.held.connect(port)

    async def wait(self) -> Exit:
        """Return how the runtime ended, after all its output was delivered."""
        return await asyncio.shield(self._exit)  # `end_runtime` waits for the same future

    async def drain_output(self) -> None:
        """Deliver what runtime and extensions have written, which is in the pipes by now.

        The first such request ends INIT: see `ProcessSandbox.drain_output`.
        """
        await self._pipe.drain()
        await self._extensions.drain()
        if self.started_ns and not self._shares_cpu:
            self._shares_cpu = True
            self._plan.place.group.share_cpu()

    def has_drained(self) -> bool:
        """Whether runtime and extensions have written nothing that was not delivered; False before the end of INIT."""
        return self._shares_cpu and self._pipe.has_drained() and self._extensions.have_drained()

    def freeze(self) -> None:
        """Stop all processes of the sandbox, including those that left session or group. Checks the memory first."""
        if not self._runs:
            return
        self.check_memory()
        if not self._plan.freezes:
            return
        if self._deaths.is_one_untold:  # the frozen supervisor could not report it, and the next invocation would not know
            return
        self._watcher.forget(self)
        self._freezer.freeze(self._life.first_pid)

    async def thaw(self) -> None:
        """Resume all processes. On return, the ends of programs that died while frozen are known."""
        if not self._plan.freezes:
            return
        self._freezer.thaw(self._life.first_pid)
        # First the reports of the thawed supervisor, then what follows from them: an extension's last output and its end.
        if self._deaths.is_one_untold:
            await self._deaths.all_told()
        await self._extensions.heard_out()
        if self._runs:
            self._watcher.watch(self)

    def has_thawed(self) -> bool:
        """Whether it is not frozen, and the ends of all programs are known that are over."""
        return not self._plan.freezes or not (
            self._freezer.is_frozen or self._deaths.is_one_untold or not self._extensions.are_heard_out)

    def init_report(self) -> str:
        """Return "": our own runtime clients report in their first request."""
        return ""

    def memory_peak_mb(self) -> float:
        """The highest sum seen in MB, see `SandboxMemory`."""
        return self._memory.peak()

    def check_memory(self) -> None:
        """Kill the runtime if all processes together exceed the memory size, or the kernel has killed one of them for it."""
        if self._runs and self._memory.is_over():
            self._kill()

    def _members(self) -> list[int]:
        return members_of(self._life.first_pid, [pid for pid in (self._runtime, *self._extensions.pids) if pid])

    async def terminate(self, grace_ms: int = 0) -> None:
        """Send SIGTERM if a grace is given, then kill all; returns when everything but the environment's files is gone.

        A second call without a grace ends the grace of the first one.
        """
        if self._ending is None:
            self._ending = begin_awaited("Ending a sandbox", self._end(grace_ms))
        elif grace_ms == 0:
            self._kill()
        await asyncio.shield(self._ending)  # the end continues even if the caller is cancelled

    async def end_runtime(self, grace_ms: int) -> None:
        """Send SIGTERM if a grace is given, then SIGKILL to the runtime and what it started; extensions keep running."""
        if self._runs:
            await self.thaw()  # a stopped runtime does not act on SIGTERM, and a stopped supervisor cannot report its end
        if grace_ms > 0 and self._runs and self._runtime:
            ask_to_end(self._runtime)
            await asyncio.wait({self._exit}, timeout=grace_ms / 1000)
        self._kill()
        if self.started_ns:
            await asyncio.wait({self._exit}, timeout=KILL_TIMEOUT_S)

    @property
    def _runs(self) -> bool:
        """Whether the runtime was started and has not ended."""
        return bool(self.started_ns) and self._last_words is None

    async def _ready(self) -> None:
        """Wait for namespaces and network, and note what they lack. Raises SandboxError."""
        await self._life.ready()
        self._plan.place.first_pid = self._life.first_pid
        self.notices = await self._plan.place.ready()

    def _check_begun(self) -> None:
        if self._ending is not None:
            raise SandboxError("This environment was ended before.")

    def _told(self, told: Told) -> None:
        pid = self._life.pid_here(told.pid) if told.pid else 0
        if told.pid:
            self._deaths.began(told.which, pid)
        else:
            self._deaths.told(told.which)
        if told.which != RUNTIME:
            self._extensions.told(told, pid)
        elif told.pid:
            self._runtime = pid
            self._memory.begin(pid)
        elif self._runs:
            self._runtime_ended(told.code, told.signal)

    def _runtime_ended(self, code: int | None, number: int | None) -> None:
        """End what the runtime started too, as Lambda resets the whole environment then."""
        self._watcher.forget(self)
        if self._runtime:
            kill_family(self._runtime)
        how = Exit(code=code, signal=number, out_of_memory=self._memory.ended(was_killed=number == KILLED))
        self._last_words = begin("Reading a runtime's last output", self._hear_out(how),
                                 lambda why: self._set_exit(Exit(lost=why)))

    async def _hear_out(self, how: Exit) -> None:
        """Report the runtime's end after all its output was delivered."""
        await self._pipe.drain()  # not closed: it is also the supervisor's standard output, until the namespaces end (`_close`)
        self._set_exit(how)

    def _all_ended(self) -> None:
        """Report everything as killed that has not been reported as ended: the namespaces are gone."""
        self._living.children.ended(self._life.pid)
        self._extensions.all_ended()
        if self._runs:
            self._runtime_ended(None, KILLED)
        self._closing = begin("Closing a sandbox's output", self._close())

    async def _close(self) -> None:
        if self._last_words is not None:
            await asyncio.wait([self._last_words])
        await self._pipe.finish()

    def _set_exit(self, how: Exit) -> None:
        if not self._exit.done():
            self._exit.set_result(how)

    async def _end(self, grace_ms: int) -> None:
        if not self.started_ns:
            self._set_exit(Exit(lost="The environment ended before its runtime was started."))
        elif grace_ms > 0:
            await self.end_runtime(grace_ms)
        self._life.kill()
        await self._life.over(KILL_TIMEOUT_S)
        if self._closing is not None:
            await asyncio.wait([self._closing])
        await asyncio.to_thread(self._plan.place.group.kill)
        await self._extensions.close(KILL_TIMEOUT_S)
        self._living.gone(self, self._life.pid if self._life.is_over else 0)

    def _kill(self) -> None:
        if self._runs and self._runtime:
            kill_family(self._runtime)
        elif self._runs:  # ordered, but the report with its process has not come yet: only everything together can be killed
            self._life.kill()
