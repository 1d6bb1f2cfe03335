"""One execution environment in a container, from its creation to its removal."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import time
from collections.abc import Mapping

from workbench.background import begin_awaited
from workbench.model.failures import SandboxError
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.container_control import ContainerControl
from workbench.sandbox.docker.container_start import locate_container, start_container
from workbench.sandbox.docker.created_container import CreatedContainer, SandboxOwner
from workbench.sandbox.docker.events import ContainerEnd, exit_of, oom_killed
from workbench.sandbox.docker.extensions import DockerExtensions, without_extensions
from workbench.sandbox.docker.first_process import OUT_OF_MEMORY_CODE
from workbench.sandbox.docker.gate import StartGate
from workbench.sandbox.docker.output import ContainerOutput
from workbench.sandbox.docker.runtime_exit_pipe import RuntimeExitPipe
from workbench.sandbox.protocol import Exit, ExtensionHandler
from workbench.sandbox.sockets import connect_to

KILL_TIMEOUT_S = 5.0
"""How long a killed container may take to end; after that, it is taken to hang in its engine."""


class DockerSandbox:
    """Implements the Sandbox protocol. `peer_address` is known after `start` where the container has an address of its own."""

    def __init__(self, calls: DockerCalls, container: CreatedContainer, output: ContainerOutput, owner: SandboxOwner,
                 extensions: DockerExtensions | None = None) -> None:
        self._calls = calls
        self._container = container
        self._output = output
        self._owner = owner
        self._end = owner.end
        self.control = ContainerControl(calls, container, self._lost_a_process)
        self._gate: StartGate | None = None
        self._exit_pipe: RuntimeExitPipe | None = None
        self._starting: asyncio.Task[None] | None = None
        self._started = False
        self._is_ended_by_us = False
        self._termination: asyncio.Task[None] | None = None
        self.peer_address = container.peer_address
        self.shares_network = False
        self.notices: tuple[str, ...] = ()
        self.comes_from_snapshot = False
        self.started_ns = 0
        self._extensions = extensions or without_extensions()
        self.extensions = self._extensions.names

    def shell_command(self) -> tuple[str, ...]:
        """Return the engine's own command. A frozen container lets a shell begin with its next invocation."""
        if (self._starting is None and not self._started) or self._end.done() or not self._container.has_shell:
            return ()
        engine = self._calls.engine
        where = ("--host" if engine.product == "Docker" else "--url", engine.endpoint.url) if engine.endpoint.chosen else ()
        return (engine.product.lower(), *where, "exec", "-it", self._container.identifier[:12], "/bin/sh")

    async def connect(self, port: int) -> socket.socket:
        """Connect to a port at the container's own address. Raises OSError if it has none."""
        return await connect_to(self.peer_address, port)

    async def make_ready(self) -> None:
        """Start the container but hold its runtime back at the gate. Idempotent. Raises SandboxError.

        Does nothing for an image without a shell or an engine in a virtual machine: nothing could wait at the gate there.
        """
        folder = self._container.run_folder
        if folder is None or self._starting is not None:
            return
        self._gate = StartGate(folder)
        self._starting = begin_awaited("Starting a container ahead", self._start_container())
        # Shielded, because `start` and `_terminate` await the same task: a caller that gives up must not cancel it for them.
        await asyncio.shield(self._starting)

    async def start_extensions(self, handler: ExtensionHandler) -> Mapping[str, str]:
        """Start all external extensions; returns those that cannot be started, name -> reason. Raises SandboxError."""
        if self._end.done():
            raise _ended()
        return await self._extensions.start(handler)

    def kill_extension(self, name: str) -> None:
        """Kill one extension, without waiting for its end."""
        self._extensions.kill(name)

    async def start(self) -> None:
        """Start the runtime. Raises SandboxError when that is not possible."""
        if self._started:
            raise SandboxError("This environment was started before.")
        if self._starting is None:
            self._started = True
            await self._start_container()
            return
        await asyncio.shield(self._starting)
        if self._end.done() or self._gate is None:
            raise _ended()
        self._started = True
        self.started_ns = time.monotonic_ns()
        self._gate.open()

    async def _start_container(self) -> None:
        # As long as no pause container has the volume mounted, /tmp would vanish with this container: so its shell outlives the
        # runtime.
        if self._container.run_folder is not None and self._owner.holds_tmp_alone():
            self._exit_pipe = RuntimeExitPipe(self._container.run_folder, self._ended_inside)
        started_ns = await start_container(self._calls, self._container)
        if self._gate is None:  # else the runtime starts when the gate is opened
            self.started_ns = started_ns
        found = await locate_container(self._calls, self._container)
        self.peer_address = found.address
        self.control.begin(found.cgroup)
        self._owner.started()

    async def wait(self) -> Exit:
        """Return when the runtime has ended, all its output delivered."""
        end = await asyncio.shield(self._end)  # others await this future too; canceling one of them must not cancel it
        await self._output.drain()
        if end.exit_code is None:
            return Exit(lost=end.lost)
        # `was_killed` is also true when we killed it at its memory limit: only a kill that nobody here asked for is from outside.
        if end.was_killed and not self._is_ended_by_us and not self.control.memory.is_exceeded:
            return Exit(lost=f"Its container was stopped from outside, or {self._calls.engine.product} itself was.")
        if self._termination is None and await self._is_out_of_memory(end.exit_code):
            self.control.memory.end_at_limit()
            return Exit(signal=9, out_of_memory=True)
        code, signal = exit_of(end.exit_code)
        return Exit(code=code, signal=signal)

    async def _is_out_of_memory(self, code: int) -> bool:
        if self.control.memory.is_exceeded:
            return True
        # Where the engine has an init, the shell has become the runtime, so that 250 is the function's own exit code.
        told = code == OUT_OF_MEMORY_CODE and not self._calls.engine.has_init
        if self._exit_pipe is not None:
            told = self._exit_pipe.out_of_memory
        return told or await oom_killed(self._calls, self._container.identifier)

    async def drain_output(self) -> None:
        """Return when everything the runtime wrote before its latest Runtime API request was delivered.

        The first such request ends INIT, in which functions have all the CPU they can use, as on Lambda. From then on they get
        the share that their memory size stands for.
        """
        await self._output.drain()
        await self._extensions.drain()
        if self._started:
            self.control.limit_cpu()

    def has_drained(self) -> bool:
        """False: what a container has written is on its way here."""
        return False

    def freeze(self) -> None:
        """Stop all processes of the container."""
        if self._started and self._termination is None:
            self.control.freeze()
            self._extensions.freeze()

    async def thaw(self) -> None:
        """Resume all processes of the container and of its extensions; returns when they run."""
        self.control.go_on()
        await self.control.thaw()
        await self._extensions.thaw()

    def has_thawed(self) -> bool:
        """False: whether the container's processes run is told by the container engine."""
        return False

    def init_report(self) -> str:
        """What the trace recorded of the start of AWS's Python client, "" without a trace or before it has been written."""
        return self._container.trace.read() if self._container.trace else ""

    def memory_peak_mb(self) -> float:
        """Highest memory use since start in MB without files in /tmp, extensions included: the kernel's count, or sampled."""
        return self.control.memory.peak_mb() + self._extensions.memory_peak_mb()

    async def end_runtime(self, grace_ms: int) -> None:
        """Send SIGTERM if a grace is given, then SIGKILL; the container is removed only by `terminate`."""
        if not self._started or self._end.done():
            return
        self._is_ended_by_us = True
        with contextlib.suppress(SandboxError):  # it has ended, or its engine has: then there is nothing to thaw
            await self.control.thaw()
        if grace_ms > 0:
            await self._ask_to_end(grace_ms)
        if not self._end.done():
            with contextlib.suppress(SandboxError):
                await self._calls.run("kill the runtime", lambda client: client.kill(self._container.identifier))
            await asyncio.wait({self._end}, timeout=KILL_TIMEOUT_S)
        await self._output.drain()

    async def terminate(self, grace_ms: int = 0) -> None:
        """Send SIGTERM if a grace is given, then kill; remove the container and its folder. Idempotent, never raises.

        All callers share one shielded task: a caller that is cancelled must not leave a container half removed.
        """
        if self._termination is None:
            self._is_ended_by_us = True
            self._termination = begin_awaited("Ending a container", self._terminate(grace_ms))
        await asyncio.shield(self._termination)

    def _lost_a_process(self) -> None:
        """End the environment as Lambda does, even if only a child of the handler was killed and the handler could go on."""
        if self._end.done() or self._termination is not None:
            return
        self.control.memory.is_exceeded = True
        if self._exit_pipe is not None:
            self._exit_pipe.say_memory()  # its shell stays for the files in /tmp
        else:
            self._ended_inside(OUT_OF_MEMORY_CODE)
            self.control.memory.end()

    def _ended_inside(self, code: int) -> None:
        if not self._end.done():
            self._end.set_result(ContainerEnd(exit_code=code))

    def _is_running(self) -> bool:
        """Whether its container runs, in which its shell may outlive a runtime that has exited on its own."""
        outlives_runtime = self._exit_pipe is not None and self._exit_pipe.is_said
        return self._started and (not self._end.done() or outlives_runtime)

    async def _terminate(self, grace_ms: int) -> None:
        try:
            if self._starting is not None:
                # The thread that starts it cannot be interrupted; removing the container meanwhile would race with it.
                await asyncio.wait({self._starting})
            await self._extensions.close()
            # SIGKILL does not reach a process in a frozen group (cgroup v1).
            with contextlib.suppress(SandboxError):
                await self.control.thaw()
            if grace_ms > 0 and not self._end.done():
                await self._ask_to_end(grace_ms)
            # Only a container that still runs holds its volume, and only such a one can be paused to keep it (`Places.put_off`).
            with contextlib.suppress(SandboxError):  # gone already, or gone with its engine
                await self._owner.remove(is_running=self._is_running())
            await self._output.drain()
        finally:
            self._let_go()
            await asyncio.to_thread(shutil.rmtree, self._container.folder, ignore_errors=True)

    async def _ask_to_end(self, grace_ms: int) -> None:
        with contextlib.suppress(SandboxError, TimeoutError):
            await self._calls.run("stop the container", lambda client: client.kill(self._container.identifier, "SIGTERM"))
            async with asyncio.timeout(grace_ms / 1000):
                await asyncio.shield(self._end)

    def _let_go(self) -> None:
        for part in (self.control, self._gate, self._exit_pipe, self._output):
            if part is not None:
                part.close()
        if not self._end.done():  # the engine never told of an end (it is gone, or hangs): `wait` must return nevertheless
            self._end.set_result(ContainerEnd(lost="The environment was terminated."))
        self._owner.gone()


def _ended() -> SandboxError:
    return SandboxError("The container that was made ready has ended.", "The next invocation makes a new one.")
