"""The process that makes sockets in other namespaces (`namespace_helper`), and the channel on which it is asked for them."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Sequence

import msgspec

from workbench.model.failures import SandboxError
from workbench.sandbox.isolated.network_namespace import TRY_AGAIN

ANSWER_TIMEOUT_S = 5.0
"""How long the helper may be silent, to all requests, before it is given up."""
LONGEST_S = 60.0
"""How long a request waits while the helper answers others: a busy machine enters a hundred new namespaces in half a minute."""
_ANSWER_BYTES = 256


class Answer(msgspec.Struct, frozen=True):
    """`number` is an errno, 0 for success; `made` is the socket's descriptor, -1 for none."""

    number: int
    stage: str
    made: int = -1


class HelperGone(Exception):
    """The helper ended before it answered."""


class SocketHelper:
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
        self._waiting: dict[str, asyncio.Future[Answer | None]] = {}
        self._made: dict[str, int] = {}
        self._asked = 0
        self._heard = 0
        self._channel.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._channel.fileno(), self._hear)

    async def ask(self, namespace: int, request: str) -> Answer:
        """Ask and wait for the answer. Raises HelperGone, and SandboxError if there is none in time."""
        self._asked += 1
        number = str(self._asked)
        answer: asyncio.Future[Answer | None] = self._loop.create_future()
        self._waiting[number] = answer
        given: Answer | None = None
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
            raise HelperGone
        return given

    def _send(self, request: str, namespace: int) -> None:
        """Send a request. Raises HelperGone; SandboxError if only this one fails: its environment has closed its namespace."""
        try:
            socket.send_fds(self._channel, [request.encode()], [namespace])
        except ConnectionError as error:
            self._lost()
            raise HelperGone from error
        except OSError as error:
            raise SandboxError(f"The environment's network cannot be entered: {error.strerror}.", TRY_AGAIN) from error

    async def _in_time(self, answer: asyncio.Future[Answer | None]) -> Answer | None:
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
        answer = Answer(int(code), stage, made)
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


def _discard(answer: Answer | None) -> None:
    """Close a socket that nobody waits for."""
    if answer is not None and answer.made >= 0:
        os.close(answer.made)
