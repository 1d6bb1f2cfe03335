"""Passes content to a child in a file in memory, and reads lines from a child's pipe on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

_CHUNK_BYTES = 4096
MOST_BYTES = 1 << 16
"""Most bytes read from one pipe. Its proper writers send some hundred bytes in total."""


def memory_file(name: str, content: bytes) -> int:
    """The descriptor of a file in memory with this content, positioned at its beginning. The caller closes it."""
    descriptor = os.memfd_create(name)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


class LineReader:
    """Calls `told` with each line, and `ended` once: when the last writer is gone, or after `MOST_BYTES`. Owns the descriptor.

    More than `MOST_BYTES` means that somebody else has got hold of the pipe, who is then no longer read. `close` stops reading.
    """

    def __init__(self, descriptor: int, told: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._told = told
        self._ended = ended
        self.is_flooded = False
        self._rest = b""
        self._bytes = 0
        self._is_open = True
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self._readable)

    def read_now(self) -> None:
        """Read what has arrived already, without waiting for the loop."""
        while self._is_open and self._readable():
            pass

    def close(self) -> None:
        """Stop reading. Idempotent."""
        if self._is_open:
            self._is_open = False
            with contextlib.suppress(RuntimeError):  # the loop may be closed
                asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)

    def _readable(self) -> bool:
        try:
            chunk = os.read(self._descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            chunk = b""
        self._bytes += len(chunk)
        self.is_flooded = self._bytes > MOST_BYTES
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._told(line.decode(errors="replace"))
        if self.is_flooded or not chunk:
            self.close()
            self._ended()
            return False
        return True
