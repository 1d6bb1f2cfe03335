"""Starts a program that reports when it is ready, or why it cannot be."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Sequence

from workbench.sandbox.process.guardian import Guardian

READY_TIMEOUT_S = 5.0
READY = "{ready}"
"""Placeholder in a command line for the descriptor to which the program writes a number when it is ready."""
_LAST_WORDS = 2000
_IS_READY = re.compile(rb"^\d", re.MULTILINE)


async def started(
    command: Sequence[str], standard_input: int, others: Sequence[int], guardian: Guardian,
) -> subprocess.Popen[bytes]:
    """Start it and wait until it reports a number. Raises OSError with its last words, and TimeoutError.

    It inherits `others`. The first of them is also its standard output, because some programs close all descriptors from 3 on.
    """
    heard, told = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: ASYNC220 - takes under a millisecond
            [part.replace(READY, str(told)) for part in command], stdin=standard_input,
            stdout=others[0] if others else subprocess.DEVNULL, stderr=told, pass_fds=[told, *others],
            start_new_session=True, cwd="/", env={"PATH": os.defpath})
    except OSError:
        os.close(heard)
        raise
    finally:
        os.close(told)  # with our copy open, the program's end would be no end of file
    guardian.watch(process.pid)
    words = _Words(heard)
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await words.changed.wait()
    except BaseException:
        _end(process, guardian)
        raise
    if words.is_ready:
        return process
    _end(process, guardian)
    raise OSError(words.last())


def _end(process: subprocess.Popen[bytes], guardian: Guardian) -> None:
    guardian.forget(process.pid)  # before it is reaped, because its ID may be reused after that
    process.kill()
    process.wait()


class _Words:
    """A program's messages. They are read as long as it runs, or it would block on a full pipe; only the last are kept."""

    def __init__(self, descriptor: int) -> None:
        self.changed = asyncio.Event()
        self.is_ready = False
        self._descriptor = descriptor
        self._said = bytearray()
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    def _read(self) -> None:
        data = os.read(self._descriptor, 1 << 16)
        self._said.extend(data)
        del self._said[:-_LAST_WORDS]
        if not data:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
        self.is_ready = self.is_ready or _IS_READY.search(self._said) is not None
        if self.is_ready or not data:
            self.changed.set()

    def last(self) -> str:
        """Its last relevant line, "nothing" without any."""
        lines = [line for line in self._said.decode(errors="replace").splitlines() if line.strip() and "syslog" not in line]
        return lines[-1].strip().rstrip(".") if lines else "nothing"
