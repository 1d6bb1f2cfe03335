"""The one pipe that carries a runtime's stdout and stderr, so that their order is kept."""

from __future__ import annotations

import asyncio
import os
import sys
from array import array
from collections.abc import Callable

from workbench.sandbox.protocol import OutputHandler

CHUNK_BYTES = 65_536
MOST_CHUNKS_AT_ONCE = 4
"""A runtime that floods its log must not keep the loop from its other work."""
POLL_S = 0.01

Waiter = Callable[["OutputPipe"], Callable[[], None]]
"""Arranges that `OutputPipe.read_some` is called when there is output; returns what stops that."""


class OutputPipe:
    """Hands what arrives in a pipe to a handler. `write_end` goes to the child and is closed here with `close_write_end`."""

    def __init__(self, output: OutputHandler, wait_for_output: Waiter | None = None) -> None:
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.read_end, False)
        self._output = output
        self._open_ends = {self.read_end, self.write_end}
        self._stop_waiting = (wait_for_output or _waiter())(self)

    def close_write_end(self) -> None:
        """The child has its own copy: with ours gone, the pipe ends when the last child is gone."""
        self._close_end(self.write_end)

    def read_some(self) -> None:
        """Hand over what is there, a bounded amount."""
        for _ in range(MOST_CHUNKS_AT_ONCE):
            if self._read(CHUNK_BYTES) < CHUNK_BYTES:
                return

    def drain(self) -> None:
        """Hand over everything that was written before this call, and not what is written during it."""
        left = pending_bytes(self.read_end) if self.read_end in self._open_ends else 0
        while left > 0:
            count = self._read(min(left, CHUNK_BYTES))
            if count == 0:
                return
            left -= count

    def close(self) -> None:
        """Hand over the rest and release both ends. Idempotent."""
        self.drain()
        self._stop_waiting()
        self._close_end(self.write_end)
        self._close_end(self.read_end)

    def _read(self, most: int) -> int:
        """Hand over one chunk; 0 when there is none or the pipe has ended."""
        if self.read_end not in self._open_ends:
            return 0
        try:
            chunk = os.read(self.read_end, most)
        except BlockingIOError:
            return 0
        if chunk:
            self._output(chunk)
        else:
            self._stop_waiting()
        return len(chunk)

    def _close_end(self, end: int) -> None:
        if end in self._open_ends:
            self._open_ends.remove(end)
            os.close(end)


def pending_bytes(read_end: int) -> int:
    """How many bytes wait in a pipe."""
    if sys.platform == "win32":
        import _winapi
        import msvcrt

        return _winapi.PeekNamedPipe(msvcrt.get_osfhandle(read_end), 0)[0]
    import fcntl
    import termios

    count = array("i", [0])
    fcntl.ioctl(read_end, termios.FIONREAD, count)
    return count[0]


def _waiter() -> Waiter:
    """Windows' event loops can not wait for a pipe of ours: there it is looked into a hundred times a second. Untried there."""
    return poll_for_output if sys.platform == "win32" else wait_for_readable


def wait_for_readable(pipe: OutputPipe) -> Callable[[], None]:
    """Let the loop call `read_some` whenever the pipe is readable."""
    loop = asyncio.get_running_loop()
    end = pipe.read_end
    loop.add_reader(end, pipe.read_some)

    def stop() -> None:
        loop.remove_reader(end)

    return stop


def poll_for_output(pipe: OutputPipe) -> Callable[[], None]:
    """Look into the pipe every 10 ms."""
    task = asyncio.get_running_loop().create_task(_poll(pipe))

    def stop() -> None:
        task.cancel()

    return stop


async def _poll(pipe: OutputPipe) -> None:
    while True:
        await asyncio.sleep(POLL_S)
        pipe.drain()
