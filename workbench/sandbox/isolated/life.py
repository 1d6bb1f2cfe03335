"""The namespaces of one sandbox, from the start of bwrap to the end of everything that was started in them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.holder import child_pid, last_words
from workbench.sandbox.isolated.pipes import LineReader, memory_file
from workbench.sandbox.isolated.supervisor import Told, read_told
from workbench.sandbox.isolated.system_calls import SystemCallFilter
from workbench.sandbox.process.control_group import ControlGroup
from workbench.sandbox.process.exit import watch_descriptor, watch_exit
from workbench.sandbox.process.memory import family
from workbench.sandbox.process.signals import kill_each

_READY_LIMIT_S = 20.0
_MOST_LINES = 50


class LifePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to start the supervisor. `script` is the supervisor's, `filter` has the allowed system calls.

    `process_limit`: most processes and threads of its user, 0 if a control group counts them.
    """

    command: Sequence[str]
    script: bytes
    group: ControlGroup
    info_option: int
    """The index in `command` where the descriptor for bwrap's --info-fd is inserted."""
    process_limit: int = 0
    filter: SystemCallFilter = SystemCallFilter()


class Life:
    """Calls `told` with what its programs do, and `ended` when nothing is left. On the loop."""

    def __init__(self, plan: LifePlan, output: int, told: Callable[[Told], None], ended: Callable[[], None]) -> None:
        """`output`: the descriptor for the runtime's output, which the caller keeps and closes. Raises OSError, SandboxError."""
        self._plan = plan
        self._told = told
        self._when_ended = ended
        self._said: list[str] = []
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()
        self.first_pid = 0
        """The first process of the namespace, by its ID on this machine, 0 until it is known. All others end with it."""
        self._orders, self._process, self._reader = self._start(output)
        self._living = 1
        watch_exit(self._process, self._one_ended)

    @property
    def pid(self) -> int:
        """The process that we started, which is the parent of the first one."""
        return self._process.pid

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of it."""
        return self._over.is_set()

    async def ready(self) -> None:
        """Return when programs can be started. Raises SandboxError."""
        try:
            async with asyncio.timeout(_READY_LIMIT_S):
                await asyncio.shield(self._ready)
        except TimeoutError as error:
            raise SandboxError(f"The sandbox could not be made: {last_words(self._said)}", "See workbench doctor.") from error

    def order(self, *words: str) -> None:
        """Have the supervisor start a program. Raises SandboxError if the sandbox is gone."""
        try:
            os.write(self._orders, (" ".join(words) + "\n").encode())
        except OSError as error:
            raise SandboxError("The sandbox is gone.", "Invoke again.") from error

    def pid_here(self, inside: int) -> int:
        """The ID on this machine of a process with this ID inside; 0 if it is gone."""
        return next((pid for pid in family(self.first_pid) if _number_inside(pid) == inside), 0)

    def kill(self) -> None:
        """Kill everything at once, including stopped processes: the kernel ends a process namespace with its first process."""
        if not self.is_over:
            kill_each([pid for pid in (self.first_pid, self._process.pid) if pid])

    async def over(self, limit_s: float) -> None:
        """Return when nothing is left, or after `limit_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._over.wait()

    def _start(self, output: int) -> tuple[int, subprocess.Popen[bytes], LineReader]:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            process = self._plan.group.spawn(lambda: _spawned(self._plan, output, theirs.fileno()))
            orders = os.dup(ours.fileno())  # a copy, as the reader closes its own, whose number may then be reused
            return orders, process, LineReader(ours.detach(), self._line, self._silent)

    def _silent(self) -> None:
        """Handle the end of the supervisor's reports. A flood means that somebody else writes there: kill everything."""
        if self._reader.is_flooded:
            self.kill()

    def _line(self, line: str) -> None:
        if line == "@ready" and not self.first_pid:
            self._is_ready()
        elif (told := read_told(line)) is not None:
            self._told(told)
        elif len(self._said) < _MOST_LINES:
            self._said.append(line)

    def _is_ready(self) -> None:
        self.first_pid = child_pid(self._said)
        if not self._living:  # its parent ended before we read this, and --die-with-parent came too late for it
            kill_each([self.first_pid])
            return
        with contextlib.suppress(OSError):  # kernels before 5.3 have no pidfd: then the end of our own child has to do
            watch_descriptor(os.pidfd_open(self.first_pid), self._one_ended)
            self._living += 1
        for pid in family(self.first_pid) if self._plan.process_limit else ():
            limit_processes(pid, self._plan.process_limit)  # before any program is started, so that all inherit it
        if not self._ready.done():
            self._ready.set_result(None)

    def _one_ended(self) -> None:
        """Count down to the end: both our child and the first process, which ends when its namespace is empty, must be gone."""
        self._living -= 1
        if self._living == 0:
            self._ended()

    def _ended(self) -> None:
        self._process.wait()
        self._reader.read_now()  # reports that were written just before the end come first
        self._reader.close()
        os.close(self._orders)
        self._orders = -1
        self._over.set()
        if not self._ready.done():
            self._ready.set_exception(SandboxError(f"The sandbox could not be made: {last_words(self._said)}",
                                                   "See workbench doctor."))
            self._ready.exception()  # if nobody waits for it, asyncio would log it as never retrieved
        self._when_ended()


def _spawned(plan: LifePlan, output: int, told: int) -> subprocess.Popen[bytes]:
    """Start it without the variables of the engine or the function: loaders outside the sandbox would obey LD_PRELOAD."""
    command = list(plan.command)
    allowed = plan.filter.descriptor()
    options = [str(told)] if allowed is None else [str(told), "--seccomp", str(allowed)]
    command[plan.info_option : plan.info_option + 1] = options
    script = memory_file("script", plan.script)
    try:
        return subprocess.Popen(command, stdin=script, stdout=output, stderr=told, env={"PATH": os.defpath}, cwd="/",
                                pass_fds=[told] if allowed is None else [told, allowed], start_new_session=True)
    finally:
        os.close(script)
        if allowed is not None:
            os.close(allowed)


def _number_inside(pid: int) -> int:
    """A process's ID in its innermost process namespace, 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return 0
    _, _, rest = status.partition(b"\nNSpid:")
    return int(rest.split(b"\n", 1)[0].split()[-1]) if rest else 0


def limit_processes(pid: int, limit: int) -> None:
    """Limit the processes and threads of this process's user, which are counted per user namespace. Inherited by children."""
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_NPROC, (limit, limit))
