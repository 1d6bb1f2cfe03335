"""Reading what a child says in a pipe, line by line, on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

_CHUNK_BYTES = 4096


class LineReader:
    """Calls `told` with each line, and `ended` once when the last writer is gone; `close` stops it. Owns the descriptor."""

    def __init__(self, descriptor: int, told: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._told = told
        self._ended = ended
        self._rest = b""
        self._is_open = True
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self._readable)

    def read_now(self) -> None:
        """Take what is there already."""
        while self._is_open and self._readable():
            pass

    def close(self) -> None:
        """Read no more. Idempotent."""
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
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._told(line.decode(errors="replace"))
        if not chunk:
            self.close()
            self._ended()
        return bool(chunk)
