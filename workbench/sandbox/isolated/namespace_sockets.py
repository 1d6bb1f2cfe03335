"""Sockets in the network namespace of an environment, for an engine that never leaves its own namespace.

One small process (`namespace_helper`) makes them and passes them on; a socket belongs to the namespace in which it was made,
wherever it is used. Measured on 2 cores: 2 ms per socket, 25 ms for the first one, which starts the process; as root and as an
ordinary user. Needs Linux 4.9. On the engine's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.network_namespace import TRY_AGAIN, NetworkNamespace

HELPER_COMMAND = "namespace-helper"
"""The argument with which a packed app starts itself as the helper (see `cli.main`), as it has no interpreter beside it."""
ANSWER_TIMEOUT_S = 5.0
"""How long the helper may be silent, to all requests, before it is given up."""
LONGEST_S = 60.0
"""How long a request waits while the helper answers others: a busy machine enters a hundred new namespaces in half a minute."""
MOST_AT_A_TIME = 16
"""Most concurrent requests, each of which is a fork: more would only wait for processors."""
_ATTEMPTS, _ANSWER_BYTES = 2, 256


def helper_command() -> tuple[str, ...]:
    """The command line of the helper: the engine's interpreter, without the person's variables and packages."""
    if getattr(sys, "frozen", False):
        return sys.executable, HELPER_COMMAND
    return sys.executable, "-I", "-S", str(Path(__file__).with_name("namespace_helper.py"))


class _Answer(msgspec.Struct, frozen=True):
    """`number` is an errno, 0 for success; `made` is the socket's descriptor, -1 for none."""

    number: int
    stage: str
    made: int = -1


class _HelperGone(Exception):
    """The helper ended before it answered."""


class NamespaceSockets:
    """Makes sockets in namespaces, for one engine. The helper starts with the first request, and again if it is killed."""

    def __init__(self, command: Sequence[str] = ()) -> None:
        """`command` starts the helper; if empty, `helper_command()` does."""
        self._command = tuple(command)
        self._helper: _Helper | None = None
        self._turns = asyncio.Semaphore(MOST_AT_A_TIME)
        self._is_closed = False

    @property
    def helper_pid(self) -> int | None:
        """The process ID of the running helper, None if none runs."""
        return None if self._helper is None else self._helper.pid

    def start(self) -> None:
        """Start the helper before the first request; some milliseconds. Raises SandboxError."""
        self._running_helper()

    async def listen(self, place: int | NetworkNamespace, host: str, port: int) -> socket.socket:
        """Make a listening socket. `place`: a process ID or an open namespace; `host`: an address in the namespace.

        Raises SandboxError.
        """
        return await self._socket(place, "listen", host, port)

    async def connect(self, place: int | NetworkNamespace, host: str, port: int) -> socket.socket:
        """Make a socket and connect it, as a process inside would. No time limit, because the listener may be frozen.

        Raises SandboxError if the namespace cannot be entered, and OSError like any connection (ConnectionRefusedError: nobody
        listens).
        """
        made = await self._socket(place, "make", host, port)
        try:
            await asyncio.get_running_loop().sock_connect(made, (host, port))
        except BaseException:
            made.close()
            raise
        return made

    async def prohibit(self, place: int | NetworkNamespace, networks: Sequence[str]) -> None:
        """Block these networks (`192.0.2.1/32`) there: connections fail with EACCES. Raises SandboxError."""
        if networks:
            answer = await self._ask(place, f"prohibit {','.join(networks)}")
            if answer.number != 0:
                raise _refused(answer, "Ways that are to be closed")

    async def close(self) -> None:
        """End the helper; requests that are waiting for it fail."""
        self._is_closed = True
        helper, self._helper = self._helper, None
        if helper is not None:
            await helper.close()

    async def _socket(self, place: int | NetworkNamespace, action: str, host: str, port: int) -> socket.socket:
        answer = await self._ask(place, f"{action} {host} {port}")
        if answer.number == 0 and answer.made < 0:
            # The socket was dropped on the way: the kernel passes no descriptor to a process that has its limit open.
            answer = _Answer(errno.EMFILE, "make")
        if answer.number != 0:
            raise _refused(answer, f"{host}:{port}")
        made = socket.socket(fileno=answer.made)
        made.setblocking(False)
        return made

    async def _ask(self, place: int | NetworkNamespace, request: str) -> _Answer:
        # Opened before waiting for a turn: meanwhile the process may end, and its ID be reused.
        namespace = NetworkNamespace.of(place) if isinstance(place, int) else place
        try:
            async with self._turns:
                return await self._answer(namespace, request)
        finally:
            if namespace is not place:
                namespace.close()

    async def _answer(self, namespace: NetworkNamespace, request: str) -> _Answer:
        for _ in range(_ATTEMPTS):  # a helper that is killed takes all its requests with it, so a new one is asked
            with contextlib.suppress(_HelperGone):
                return await self._running_helper().ask(namespace.descriptor, request)
        raise SandboxError("The process that makes sockets in an environment's network ends again and again.", TRY_AGAIN)

    def _running_helper(self) -> _Helper:
        if self._is_closed:
            raise SandboxError("The engine is about to end.")
        if self._helper is not None and self._helper.is_gone:
            self._helper.reap()
            self._helper = None
        if self._helper is None:
            try:
                self._helper = _Helper(self._command or helper_command())
            except OSError as error:
                raise SandboxError(f"No process could be started: {error.strerror}.", TRY_AGAIN) from error
        return self._helper


class _Helper:
    """The process and the socket to it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Raises OSError."""
        # SEQPACKET keeps each message together with its descriptor, and still tells when the other end is gone. Source: unix(7).
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                cwd="/", env={"PATH": os.defpath},
            )
        except OSError:
            self._channel.close()
            raise
        finally:
            theirs.close()
        self.pid = self._process.pid
        self.is_gone = False
        self._waiting: dict[str, asyncio.Future[_Answer | None]] = {}
        self._made: dict[str, int] = {}
        self._asked = 0
        self._heard = 0
        self._channel.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._channel.fileno(), self._hear)

    async def ask(self, namespace: int, request: str) -> _Answer:
        """Ask and wait for the answer. Raises _HelperGone, and SandboxError if there is none in time."""
        self._asked += 1
        number = str(self._asked)
        answer: asyncio.Future[_Answer | None] = self._loop.create_future()
        self._waiting[number] = answer
        given: _Answer | None = None
        try:
            self._send(f"{number} {request}", namespace)
            given = await self._in_time(answer)
        except TimeoutError as error:
            self._lost()
            raise SandboxError("The network of the environment could not be entered in time.", TRY_AGAIN) from error
        finally:
            del self._waiting[number]
            if given is None and answer.done() and not answer.cancelled():
                _discard(answer.result())  # it came just as its caller gave up: its socket would stay open, and its address taken
        if given is None:
            raise _HelperGone
        return given

    def _send(self, request: str, namespace: int) -> None:
        """Send a request. Raises _HelperGone; SandboxError if only this one fails: its environment has closed its namespace."""
        try:
            socket.send_fds(self._channel, [request.encode()], [namespace])
        except ConnectionError as error:
            self._lost()
            raise _HelperGone from error
        except OSError as error:
            raise SandboxError(f"The environment's network cannot be entered: {error.strerror}.", TRY_AGAIN) from error

    async def _in_time(self, answer: asyncio.Future[_Answer | None]) -> _Answer | None:
        """Wait for an answer as long as the helper gives any, even to others: then it is only busy. Raises TimeoutError."""
        until_s = time.monotonic() + LONGEST_S
        while not answer.done():
            before = self._heard
            await asyncio.wait({answer}, timeout=ANSWER_TIMEOUT_S)
            if not answer.done() and (self._heard == before or time.monotonic() > until_s):
                raise TimeoutError
        return answer.result()

    def _hear(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._channel, _ANSWER_BYTES, 1)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._lost()
            return
        self._heard += 1
        number, code, stage = data.decode().split(" ")
        if stage == "made":
            if descriptors:
                self._made[number] = descriptors[0]
            return
        made = self._made.pop(number, -1)
        answer = _Answer(int(code), stage, made)
        waiting = self._waiting.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
        else:
            _discard(answer)

    def _lost(self) -> None:
        self.is_gone = True
        self._loop.remove_reader(self._channel.fileno())
        while self._made:
            os.close(self._made.popitem()[1])
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(None)

    async def close(self) -> None:
        """Close the socket, which ends the helper, and wait for that."""
        self._lost()
        self._channel.close()
        await asyncio.to_thread(self._process.wait)

    def reap(self) -> None:
        """Clean up after a helper that has ended."""
        self._channel.close()
        self._process.kill()
        self._process.wait()


def _discard(answer: _Answer | None) -> None:
    """Close a socket that nobody waits for."""
    if answer is not None and answer.made >= 0:
        os.close(answer.made)


def _refused(answer: _Answer, address: str) -> SandboxError:
    reason = os.strerror(answer.number)
    if answer.stage == "make":
        return SandboxError(f"{address} cannot be had in the environment's network: {reason}.")
    return SandboxError(f"The environment's network cannot be entered: {reason}.", TRY_AGAIN)
