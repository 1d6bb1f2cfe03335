"""One execution environment as a process group of this machine."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping

from workbench.background import begin, begin_awaited
from workbench.model.failures import SandboxError
from workbench.sandbox.paced_reader import LoopShare
from workbench.sandbox.process.extensions import ExtensionPlan, ExtensionProcesses
from workbench.sandbox.process.living_sandboxes import LivingSandboxes
from workbench.sandbox.process.memory import family
from workbench.sandbox.process.output import OutputPipe
from workbench.sandbox.process.runtime_process import RuntimeProcess
from workbench.sandbox.process.runtime_start import ProcessPlan, start_runtime
from workbench.sandbox.process.sandbox_memory import SandboxMemory
from workbench.sandbox.process.signals import ask_to_end, freeze_group, kill_family, thaw_group
from workbench.sandbox.process.watcher import MemoryWatcher
from workbench.sandbox.protocol import Exit, ExtensionHandler, OutputHandler
from workbench.sandbox.sockets import connect_to

KILLED = 9
"""SIGKILL, whose name Windows lacks."""
KILL_TIMEOUT_S = 5.0
"""How long a killed process may take to end. After that it hangs in the kernel; its entry stays in the orphans' file."""


class ProcessSandbox:
    """The runtime process, its children, its output pipe and its extensions, in a place. Use it on the engine's loop."""

    def __init__(
        self, plan: ProcessPlan, output: OutputHandler, watcher: MemoryWatcher, living: LivingSandboxes, share: LoopShare
    ) -> None:
        self.peer_address = "127.0.0.1"
        self.shares_network = True
        self.comes_from_snapshot = plan.restored_from is not None
        self.notices: tuple[str, ...] = ()
        self.started_ns = 0
        self._plan = plan
        self._output = output
        self._share = share
        self._watcher = watcher
        self._living = living
        self._process: RuntimeProcess | None = None
        self._pipe: OutputPipe | None = None
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._ending: asyncio.Task[None] | None = None
        self._last_words: asyncio.Task[None] | None = None
        self._memory = SandboxMemory(plan.memory_mb, plan.place.group, self._members)
        self._shares_cpu = self._is_frozen = False
        extensions = ExtensionPlan(opt_path=plan.opt_path, place=plan.place, environment=plan.environment,
                                   obeys_modes=plan.obeys_modes)
        self._extensions = ExtensionProcesses(extensions, living.children, share)
        self.extensions = self._extensions.names

    def shell_command(self) -> tuple[str, ...]:
        """Return the command that goes to its code: a plain process lives among all others of this machine."""
        return ("cd", *(("/d",) if os.name == "nt" else ()), self._plan.code_folder)

    async def make_ready(self) -> None:
        """Record the environment's folder, so that a next engine finds it. Nothing else is done ahead."""
        self._living.children.made_ahead(self._plan.place.temp_folder)

    async def start_extensions(self, handler: ExtensionHandler) -> Mapping[str, str]:
        """Start all external extensions; returns those that did not start: name -> reason."""
        self._check_not_ended()
        return self._extensions.start(handler)

    def kill_extension(self, name: str) -> None:
        """Kill one extension and what it started."""
        self._extensions.kill(name)

    async def start(self) -> None:
        """Start the runtime, or have it forked. Starting blocks the loop for about a millisecond.

        Raises EntrypointInvalid if the code's own bootstrap is missing or cannot be executed, otherwise SandboxError.
        """
        self._check_not_ended()
        if self._process is not None:
            raise SandboxError("This environment was started before.")
        plan = self._plan
        pipe = OutputPipe(self._output, self._share)
        try:
            process = await start_runtime(plan, pipe.write_end)
        except BaseException:
            pipe.close()
            raise
        pipe.close_write_end()
        self._process, self._pipe = process, pipe
        self._memory.begin(process.pid)
        process.watch(self._ended)
        try:
            self._check_not_ended()  # meanwhile, if it was forked
        except SandboxError:
            self._kill()
            raise
        self.started_ns = time.monotonic_ns()
        self._living.children.started(process.pid, plan.place.temp_folder)
        self._watcher.watch(self)

    async def connect(self, port: int) -> socket.socket:
        """Connect to a port of this machine, as that is where the environment listens."""
        return await connect_to("127.0.0.1", port)

    async def wait(self) -> Exit:
        """Return how the runtime ended, after all its output was delivered."""
        return await asyncio.shield(self._exit)  # `end_runtime` waits for the same future

    async def drain_output(self) -> None:
        """Deliver what the runtime wrote before its latest request, which is in the pipe by now, and extensions' output.

        The first such request ends INIT, in which functions have all the CPU they can use, as on Lambda. From then on they get
        the share that their memory size stands for.
        """
        if self._pipe is not None:
            await self._pipe.drain()
        await self._extensions.drain()
        if self._process is not None and not self._shares_cpu:
            self._shares_cpu = True
            self._plan.place.group.share_cpu()

    def has_drained(self) -> bool:
        """Whether runtime and extensions have written nothing that was not delivered; False before the end of INIT."""
        return self._shares_cpu and self._pipe is not None and self._pipe.has_drained() and self._extensions.have_drained()

    def freeze(self) -> None:
        """Stop the members of the control group; without one, the process group, except what has left it. Nothing on Windows.

        Checks the memory first: short invocations may all fall between two looks of the watcher.
        """
        if self._process is None or not self._runs:
            return
        self.check_memory()
        if not self._plan.freezes:
            return
        self._is_frozen = True
        self._watcher.forget(self)
        if not self._plan.place.group.freeze():
            freeze_group(self._process.pid)
            self._extensions.freeze()

    async def thaw(self) -> None:
        """Resume all processes, and watch their memory again. On return, the ends of extensions are known that are over."""
        await self._extensions.heard_out()
        if not self._is_frozen:
            return
        self._is_frozen = False
        by_group = self._plan.place.group.thaw()
        if not by_group:
            self._extensions.thaw()
        if self._process is not None and self._runs:
            if not by_group:
                thaw_group(self._process.pid)
            self._watcher.watch(self)

    def has_thawed(self) -> bool:
        """Whether it is not frozen, and the ends of extensions are known that are over."""
        return not self._is_frozen and self._extensions.are_heard_out

    def init_report(self) -> str:
        """Return "": our own runtime clients report in their first request."""
        return ""

    @property
    def holds_snapshot(self) -> bool:
        """Whether others can be restored from it now."""
        return self._plan.holds is not None and self._plan.holds.holds

    def memory_peak_mb(self) -> float:
        """The highest sum seen in MB, see `SandboxMemory`."""
        return self._memory.peak()

    def check_memory(self) -> None:
        """Kill everything if the resident memory exceeds the memory size, or the kernel has killed a process for its memory."""
        if self._process is None or not self._runs or self.holds_snapshot:  # whose forks, its children, are measured themselves
            return
        if self._memory.is_over():
            kill_family(self._process.pid)

    def _members(self) -> list[int]:
        programs = [] if self._process is None else [self._process.pid, *self._extensions.pids]
        return [member for pid in programs for member in family(pid)]

    def _ended(self) -> None:
        """End the whole group, as Lambda resets the environment when its runtime process ends."""
        process = self._process
        assert process is not None
        self._watcher.forget(self)
        # The process is reaped last: from then on its ID may be another process's, which would be killed in its place.
        kill_family(process.pid)
        self._living.children.ended(process.pid)
        code = process.wait()
        if self._plan.holds is not None:
            self._plan.holds.close()
        signal = -code if code < 0 else None
        out_of_memory = self._memory.ended(was_killed=signal == KILLED)
        how = Exit(code=code if signal is None else None, signal=signal, out_of_memory=out_of_memory)
        self._last_words = begin("Reading a runtime's last output", self._hear_out(how), self._lost)

    async def _hear_out(self, how: Exit) -> None:
        """Report the runtime's end after all its output was delivered."""
        assert self._pipe is not None
        await self._pipe.finish()
        self._set_exit(how)

    def _lost(self, why: str) -> None:
        self._set_exit(Exit(lost=why))

    def _set_exit(self, how: Exit) -> None:
        if not self._exit.done():
            self._exit.set_result(how)

    async def terminate(self, grace_ms: int = 0) -> None:
        """Send SIGTERM if a grace is given, then SIGKILL to all; returns when everything but the environment's files is gone.

        A second call without a grace ends the grace of the first one.
        """
        if self._ending is None:
            self._ending = begin_awaited("Ending a sandbox", self._end(grace_ms))
        elif grace_ms == 0:
            self._kill()
        # Shielded: the end continues even if the caller is cancelled.
        await asyncio.shield(self._ending)

    async def _end(self, grace_ms: int) -> None:
        if self._process is None:
            self._set_exit(Exit(lost="The environment ended before its runtime was started."))
        if self._plan.holds is not None:
            await self._plan.holds.unused()
        await self.end_runtime(grace_ms)
        if self._plan.restored_from is not None and self._process is not None:
            self._plan.restored_from.forget(self._process.pid)
        await self._extensions.close(KILL_TIMEOUT_S)
        await asyncio.to_thread(self._plan.place.clear)
        if self._plan.holds is not None:
            self._plan.holds.close()
        self._extensions.gone()
        self._living.gone(self, self._process.pid if self._process is not None and self._exit.done() else 0)

    async def end_runtime(self, grace_ms: int) -> None:
        """Send SIGTERM if a grace is given, then SIGKILL to the runtime and what it started; extensions keep running."""
        if grace_ms > 0 and self._process is not None and self._runs:
            await self.thaw()  # a stopped process does not act on SIGTERM
            ask_to_end(self._process.pid)
            await asyncio.wait({self._exit}, timeout=grace_ms / 1000)
        self._kill()
        if self._process is not None:
            await asyncio.wait({self._exit}, timeout=KILL_TIMEOUT_S)

    def _check_not_ended(self) -> None:
        if self._ending is not None:
            raise SandboxError("This environment was ended before.")

    @property
    def _runs(self) -> bool:
        """Whether the process ID is still the runtime's; once it is reaped, a signal could hit another process."""
        return self._process is not None and self._last_words is None

    def _kill(self) -> None:
        if self._process is not None and self._runs:
            kill_family(self._process.pid)
