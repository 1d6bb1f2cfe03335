"""The runtime that holds a snapshot, as the engine sees it: on an order it forks, and the fork is another environment's runtime.

Engine and runtime talk over a socket pair, in lines of JSON. A fork is a child of that runtime, which therefore tells how it
ended, and reaps it when it is told to: until then the process ID is nobody else's. The other end is in our bootstrap for Python.

    {"holds": true}                        the runtime waits at its snapshot; false if a fork of it would not be sound
    {"fork": {variables}}      (engine)    with the descriptor for the output
    {"forked": pid}
    {"ended": pid, "status": -9}
    {"reap": pid}              (engine)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.model.failures import SandboxError
from workbench.sandbox.process.memory import family
from workbench.sandbox.process.signals import kill_family

CONTROL_VARIABLE = "WORKBENCH_SNAPSHOT"
"""Names the descriptor of the runtime's end. Our bootstrap removes it before the function's code runs."""
CAN_FORK = sys.platform == "linux"
"""Python on macOS has no `os.waitid` before 3.13, and libraries of the system do not work in a fork there."""
_KILLED = -9
_MOST_BYTES = 65_536
_FORK_LIMIT_S = 10.0
"""A fork takes milliseconds. This is for a runtime that does not answer at all."""


class ForkServer:
    """The engine's end. Use it on the engine's loop. `environment` and `temp_folder` are those of the runtime that holds it."""

    def __init__(self, temp_folder: Path) -> None:
        self.temp_folder = temp_folder
        self.environment: Mapping[str, str] = {}
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._rest = b""
        self._pid = 0
        self._holds = self._is_closed = False
        self._asked: list[asyncio.Future[ForkedProcess]] = []
        self._forks: dict[int, ForkedProcess] = {}
        self._none_left = asyncio.Event()
        self._none_left.set()

    # -- its runtime --------------------------------------------------------------------------------------------------------

    @property
    def passed(self) -> int:
        """The descriptor that the runtime inherits."""
        return self._theirs.fileno()

    def started(self, pid: int, environment: Mapping[str, str]) -> None:
        """Note that the runtime runs."""
        self._pid, self.environment = pid, environment
        self._theirs.close()
        asyncio.get_running_loop().add_reader(self._ours.fileno(), self._read)

    @property
    def holds(self) -> bool:
        """Whether the runtime waits at its snapshot and can be forked."""
        if self._pid and not self._is_closed:
            self._read()  # it said so before its request, which the engine has seen already
        return self._holds

    def close(self) -> None:
        """End the conversation: the runtime is gone, or never ran. Its forks end with it."""
        if self._is_closed:
            return
        self._is_closed, self._holds = True, False
        if self._pid:
            asyncio.get_running_loop().remove_reader(self._ours.fileno())
        self._theirs.close()
        self._ours.close()
        for asked in self._asked:
            if not asked.done():
                asked.set_exception(SandboxError("The snapshot is gone.", "Invoke again: it is made anew."))
        for process in tuple(self._forks.values()):
            kill_family(process.pid)
            process.has_ended(_KILLED)

    async def unused(self) -> None:
        """Return when nothing runs that was forked from it: ending its runtime would end that too."""
        await self._none_left.wait()

    # -- its forks ----------------------------------------------------------------------------------------------------------

    async def fork(self, environment: Mapping[str, str], output: int) -> ForkedProcess:
        """Have the runtime fork. The fork gets these variables where they differ, and `output`. Raises SandboxError."""
        if not self.holds:
            raise SandboxError("The snapshot is gone.", "Invoke again: it is made anew.")
        asked: asyncio.Future[ForkedProcess] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        others = {name: environment.get(name) for name in {*environment, *self.environment}
                  if environment.get(name) != self.environment.get(name)}
        self._send({"fork": others}, [output])
        try:
            async with asyncio.timeout(_FORK_LIMIT_S):
                return await asked
        except TimeoutError as error:
            self._holds = False
            raise SandboxError("The runtime that holds the snapshot did not fork.", "Publish another version.") from error

    def copy_files(self, folder: Path) -> None:
        """Copy what the snapshot has in its /tmp. Blocking. Raises SandboxError."""
        try:
            shutil.copytree(self.temp_folder, folder, symlinks=True, dirs_exist_ok=True)
        except (OSError, shutil.Error) as error:
            raise SandboxError(f"The snapshot's files could not be copied: {error}", "Free some space on this disk.") from error

    def _forked(self, pid: int, asked: asyncio.Future[ForkedProcess]) -> None:
        if pid not in family(self._pid):  # the function's own code may have written to this socket
            if not asked.done():
                asked.set_exception(SandboxError("The runtime that holds the snapshot did not fork.", "Publish another version."))
            return
        process = self._forks[pid] = ForkedProcess(pid, self._reap)
        self._none_left.clear()
        if asked.done():  # too late: nobody waits for it any more
            process.end()
        else:
            asked.set_result(process)

    def _reap(self, pid: int) -> None:
        with contextlib.suppress(SandboxError):  # without its parent the system reaps it
            self._send({"reap": pid})
        self.forget(pid)

    def forget(self, pid: int) -> None:
        """Wait for this fork no longer, whether its end was told or not. Idempotent."""
        self._forks.pop(pid, None)
        if not self._forks:
            self._none_left.set()

    def _send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        line = json.dumps(message).encode() + b"\n"
        try:
            socket.send_fds(self._ours, [line], descriptors or [])
        except OSError as error:
            raise SandboxError("The snapshot is gone.", "Invoke again: it is made anew.") from error

    def _read(self) -> None:
        try:
            data = self._ours.recv(_MOST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if "holds" in message:
            self._holds = bool(message["holds"])
        elif "forked" in message and self._asked:
            self._forked(int(message["forked"]), self._asked.pop(0))
        elif "ended" in message and message["ended"] in self._forks:
            self._forks[message["ended"]].has_ended(int(message["status"]))


class ForkedProcess:
    """Implements RuntimeProcess for a fork. `reap` has its parent reap it."""

    def __init__(self, pid: int, reap: Callable[[int], None]) -> None:
        self._pid = pid
        self._reap = reap
        self._status: int | None = None
        self._ended: Callable[[], None] | None = None

    @property
    def pid(self) -> int:
        """See RuntimeProcess."""
        return self._pid

    def watch(self, ended: Callable[[], None]) -> None:
        """See RuntimeProcess."""
        self._ended = ended
        if self._status is not None:
            asyncio.get_running_loop().call_soon(ended)

    def end(self) -> None:
        """Kill it and have it reaped: nobody uses it."""
        self.watch(lambda: self._reap(self._pid))
        kill_family(self._pid)

    def has_ended(self, status: int) -> None:
        """Note its exit status, as `subprocess` has it."""
        if self._status is None:
            self._status = status
            if self._ended is not None:
                self._ended()

    def wait(self) -> int:
        """See RuntimeProcess."""
        self._reap(self._pid)
        return _KILLED if self._status is None else self._status
