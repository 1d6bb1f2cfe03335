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
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.network_namespace import TRY_AGAIN, NetworkNamespace
from workbench.sandbox.isolated.socket_helper import Answer, HelperGone, SocketHelper

HELPER_COMMAND = "namespace-helper"
"""The argument with which a packed app starts itself as the helper (see `cli.main`), as it has no interpreter beside it."""
MOST_AT_A_TIME = 16
"""Most concurrent requests, each of which is a fork: more would only wait for processors."""
_ATTEMPTS = 2


def helper_command() -> tuple[str, ...]:
    """The command line of the helper: the engine's interpreter, without the person's variables and packages."""
    if getattr(sys, "frozen", False):
        return sys.executable, HELPER_COMMAND
    return sys.executable, "-I", "-S", str(Path(__file__).with_name("namespace_helper.py"))


class NamespaceSockets:
    """Makes sockets in namespaces, for one engine. The helper starts with the first request, and again if it is killed."""

    def __init__(self, command: Sequence[str] = ()) -> None:
        """`command` starts the helper; if empty, `helper_command()` does."""
        self._command = tuple(command)
        self._helper: SocketHelper | None = None
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
            answer = Answer(errno.EMFILE, "make")
        if answer.number != 0:
            raise _refused(answer, f"{host}:{port}")
        made = socket.socket(fileno=answer.made)
        made.setblocking(False)
        return made

    async def _ask(self, place: int | NetworkNamespace, request: str) -> Answer:
        # Opened before waiting for a turn: meanwhile the process may end, and its ID be reused.
        namespace = NetworkNamespace.of(place) if isinstance(place, int) else place
        try:
            async with self._turns:
                return await self._answer(namespace, request)
        finally:
            if namespace is not place:
                namespace.close()

    async def _answer(self, namespace: NetworkNamespace, request: str) -> Answer:
        for _ in range(_ATTEMPTS):  # a helper that is killed takes all its requests with it, so a new one is asked
            with contextlib.suppress(HelperGone):
                return await self._running_helper().ask(namespace.descriptor, request)
        raise SandboxError("The process that makes sockets in an environment's network ends again and again.", TRY_AGAIN)

    def _running_helper(self) -> SocketHelper:
        if self._is_closed:
            raise SandboxError("The engine is about to end.")
        if self._helper is not None and self._helper.is_gone:
            self._helper.reap()
            self._helper = None
        if self._helper is None:
            try:
                self._helper = SocketHelper(self._command or helper_command())
            except OSError as error:
                raise SandboxError(f"No process could be started: {error.strerror}.", TRY_AGAIN) from error
        return self._helper


def _refused(answer: Answer, address: str) -> SandboxError:
    reason = os.strerror(answer.number)
    if answer.stage == "make":
        return SandboxError(f"{address} cannot be had in the environment's network: {reason}.")
    return SandboxError(f"The environment's network cannot be entered: {reason}.", TRY_AGAIN)
