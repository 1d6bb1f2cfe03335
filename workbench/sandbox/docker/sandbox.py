"""One execution environment in a container, from its creation to its removal."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from workbench.background import begin_awaited
from workbench.model.failures import SandboxError
from workbench.model.function import FreezeMode
from workbench.sandbox.docker.bridge import steady_bridge
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.cgroup import ContainerCgroup, cgroup_named, cgroup_of
from workbench.sandbox.docker.container import CPU_PERIOD_US, address_of
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.events import ContainerEnd, exit_of, oom_killed
from workbench.sandbox.docker.extensions import DockerExtensions, without_extensions
from workbench.sandbox.docker.first_process import OUT_OF_MEMORY_CODE
from workbench.sandbox.docker.freezer import CgroupFreezer, Freezer, NoFreezer, PauseFreezer
from workbench.sandbox.docker.gate import StartGate
from workbench.sandbox.docker.init_trace import InitTrace
from workbench.sandbox.docker.memory import ContainerMemory
from workbench.sandbox.docker.output import ContainerOutput
from workbench.sandbox.docker.runtime_exit_pipe import RuntimeExitPipe
from workbench.sandbox.protocol import Exit, ExtensionHandler
from workbench.sandbox.sockets import connect_to

KILL_TIMEOUT_S = 5.0
"""How long a killed container may take to end; after that, it is taken to hang in its engine."""


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """A container that was created but not started. `peer_address`: where its runtime's calls will come from, "" if unknown yet.

    `folder` on this machine belongs to this container alone (pipes, copies of code) and is removed with it. `run_folder` is the
    part of it that the container sees, None if it sees none. `is_tmp_memory`: see `ContainerMemory`.
    """

    identifier: str
    memory_mb: int
    folder: Path
    cpu_quota_us: int
    peer_address: str
    is_tmp_memory: bool = False
    run_folder: Path | None = None
    trace: InitTrace | None = None
    freeze: FreezeMode = "on"


class SandboxOwner(Protocol):
    """Whoever created a sandbox and is told what happens to it, on the loop."""

    def started(self) -> None:
        """Its container has started."""

    def holds_tmp_alone(self) -> bool:
        """Whether this container is the only thing that keeps the files in /tmp, which must survive a reset."""

    async def remove(self, *, is_running: bool) -> None:
        """Kill and remove its container. Raises SandboxError."""

    def gone(self) -> None:
        """Forget the sandbox: its container and its files have been removed."""


class DockerSandbox:
    """Implements the Sandbox protocol. `peer_address` is known after `start` where the container has an address of its own."""

    def __init__(self, calls: DockerCalls, container: Container, output: ContainerOutput,
                 end: asyncio.Future[ContainerEnd], owner: SandboxOwner, extensions: DockerExtensions | None = None) -> None:
        self._calls = calls
        self._container = container
        self._output = output
        self._end = end
        self._owner = owner
        self._cgroup: ContainerCgroup | None = None
        self._memory = ContainerMemory(
            calls, container.identifier, container.memory_mb, is_tmp_memory=container.is_tmp_memory,
            killed=self._lost_a_process)
        self._freezer: Freezer = NoFreezer() if container.freeze == "off" else PauseFreezer(calls, container.identifier)
        self._gate: StartGate | None = None
        self._exit_pipe: RuntimeExitPipe | None = None
        self._starting: asyncio.Task[None] | None = None
        self._started = False
        self._is_ended_by_us = False
        self._cpu_limited = False
        self._termination: asyncio.Task[None] | None = None
        self.peer_address = container.peer_address
        self.shares_network = False
        self.notices: tuple[str, ...] = ()
        self.started_ns = 0
        self._extensions = extensions or without_extensions()
        self.extensions = self._extensions.names

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
        container, engine = self._container.identifier, self._calls.engine
        # As long as no pause container has the volume mounted, /tmp would vanish with this container: so its shell outlives the
        # runtime.
        if self._container.run_folder is not None and self._owner.holds_tmp_alone():
            self._exit_pipe = RuntimeExitPipe(self._container.run_folder, self._ended_inside)
        # Otherwise it joins a pause container's network, whose bridge was seen to when that one started.
        on_bridge = not self.peer_address
        started_ns = await self._calls.run(
            "start the container", lambda client: _started(client, container, engine if on_bridge else None))
        if self._gate is None:  # else the runtime starts when the gate is opened
            self.started_ns = started_ns
        # By its usual name first: an inspect is one more request to the engine in every cold start.
        cgroup = cgroup_named(container, engine.cgroup_version) if engine.shares_kernel else None
        if cgroup is None or not self.peer_address:
            inspected = await self._calls.run("inspect the container", lambda client: client.inspect_container(container))
            self.peer_address = self.peer_address or address_of(inspected)
            pid = int(inspected["State"].get("Pid") or 0)
            cgroup = cgroup or (cgroup_of(pid, engine.cgroup_version) if pid and engine.shares_kernel else None)
        self._reach_into(cgroup)
        self._owner.started()

    async def wait(self) -> Exit:
        """Return when the runtime has ended, all its output delivered."""
        end = await asyncio.shield(self._end)  # others await this future too; canceling one of them must not cancel it
        await self._output.drain()
        if end.exit_code is None:
            return Exit(lost=end.lost)
        # `was_killed` is also true when we killed it at its memory limit: only a kill that nobody here asked for is from outside.
        if end.was_killed and not self._is_ended_by_us and not self._memory.is_exceeded:
            return Exit(lost=f"Its container was stopped from outside, or {self._calls.engine.product} itself was.")
        if self._termination is None and await self._is_out_of_memory(end.exit_code):
            self._memory.end_at_limit()
            return Exit(signal=9, out_of_memory=True)
        code, signal = exit_of(end.exit_code)
        return Exit(code=code, signal=signal)

    async def _is_out_of_memory(self, code: int) -> bool:
        if self._memory.is_exceeded:
            return True
        word = self._exit_pipe
        # Where the engine has an init, the shell has become the runtime, so that 250 is the function's own exit code.
        told = word.out_of_memory if word is not None else code == OUT_OF_MEMORY_CODE and not self._calls.engine.has_init
        return told or await oom_killed(self._calls, self._container.identifier)

    async def drain_output(self) -> None:
        """Return when everything the runtime wrote before its latest Runtime API request was delivered.

        The first such request ends INIT, in which functions have all the CPU they can use, as on Lambda. From then on they get
        the share that their memory size stands for.
        """
        await self._output.drain()
        await self._extensions.drain()
        if not self._cpu_limited and self._started:
            self._limit_cpu()

    def freeze(self) -> None:
        """Stop all processes of the container."""
        if self._started and self._termination is None:
            self._freezer.freeze()
            self._extensions.freeze()
            if self._container.freeze != "off":
                self._memory.rest()

    async def thaw(self) -> None:
        """Resume all processes of the container and of its extensions; returns when they run."""
        self._memory.go_on()
        await self._freezer.thaw()
        await self._extensions.thaw()

    def let_end(self) -> None:
        """Thaw a container that somebody else is ending: frozen, it would not react, and the engine would wait for it."""
        if self._cgroup is not None:
            self._cgroup.thaw()

    def out_of_memory(self) -> None:
        """Follow up the engine's report that the kernel has killed a process of the container for its memory."""
        self._memory.suspect()

    def init_report(self) -> str:
        """What the trace recorded of the start of AWS's Python client, "" without a trace or before it has been written."""
        return self._container.trace.read() if self._container.trace else ""

    def memory_peak_mb(self) -> float:
        """Highest memory use since start in MB without files in /tmp, extensions included: the kernel's count, or sampled."""
        return self._memory.peak_mb() + self._extensions.memory_peak_mb()

    async def end_runtime(self, grace_ms: int) -> None:
        """Send SIGTERM if a grace is given, then SIGKILL; the container is removed only by `terminate`."""
        if not self._started or self._end.done():
            return
        self._is_ended_by_us = True
        with contextlib.suppress(SandboxError):  # it has ended, or its engine has: then there is nothing to thaw
            await self._freezer.thaw()
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
        self._memory.is_exceeded = True
        if self._exit_pipe is not None:
            self._exit_pipe.say_memory()  # its shell stays for the files in /tmp
        else:
            self._ended_inside(OUT_OF_MEMORY_CODE)
            self._memory.end()

    def _ended_inside(self, code: int) -> None:
        if not self._end.done():
            self._end.set_result(ContainerEnd(exit_code=code))

    def _outlives_runtime(self) -> bool:
        """Whether the runtime has exited on its own while its container still runs."""
        return self._exit_pipe is not None and self._exit_pipe.is_said

    def _limit_cpu(self) -> None:
        self._cpu_limited = True
        quota_us = self._container.cpu_quota_us
        if self._cgroup is None or not self._cgroup.limit_cpu(quota_us, CPU_PERIOD_US):
            # Not awaited: the invocation that is about to start would wait for the engine's answer.
            identifier = self._container.identifier
            self._calls.start(lambda client: client.update_container(identifier, cpu_period=CPU_PERIOD_US, cpu_quota=quota_us))

    def _reach_into(self, cgroup: ContainerCgroup | None) -> None:
        """Use the container's control group if it can be reached: for freezing, CPU share and memory."""
        self._cgroup = cgroup
        if cgroup is not None and cgroup.can_freeze and self._container.freeze == "on":
            self._freezer = CgroupFreezer(cgroup)
        self._memory.begin(cgroup)

    async def _terminate(self, grace_ms: int) -> None:
        try:
            if self._starting is not None:
                # The thread that starts it cannot be interrupted; removing the container meanwhile would race with it.
                await asyncio.wait({self._starting})
            await self._extensions.close()
            # SIGKILL does not reach a process in a frozen group (cgroup v1).
            with contextlib.suppress(SandboxError):
                await self._freezer.thaw()
            if grace_ms > 0 and not self._end.done():
                await self._ask_to_end(grace_ms)
            # Only a container that still runs holds its volume, and only such a one can be paused to keep it (`Places.put_off`).
            with contextlib.suppress(SandboxError):  # gone already, or gone with its engine
                await self._owner.remove(is_running=self._started and (not self._end.done() or self._outlives_runtime()))
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
        self._memory.close()
        if self._cgroup is not None:
            self._cgroup.close()
        if self._gate is not None:
            self._gate.close()
        if self._exit_pipe is not None:
            self._exit_pipe.close()
        self._output.close()
        if not self._end.done():  # the engine never told of an end (it is gone, or hangs): `wait` must return nevertheless
            self._end.set_result(ContainerEnd(lost="The environment was terminated."))
        self._owner.gone()


def _ended() -> SandboxError:
    return SandboxError("The container that was made ready has ended.", "The next invocation makes a new one.")


def remove(client: Any, container: str) -> None:
    """Kill and remove a container with its anonymous volumes. Blocking; raises the SDK's errors."""
    client.remove_container(container, v=True, force=True)


def _started(client: Any, container: str, on_bridge_of: EngineInfo | None) -> int:
    """Start it and return when that was done, in monotonic ns. Blocking: read in this thread, as a busy loop reads it later."""
    client.start(container)
    started_ns = time.monotonic_ns()
    if on_bridge_of is not None:
        steady_bridge(on_bridge_of)
    return started_ns
