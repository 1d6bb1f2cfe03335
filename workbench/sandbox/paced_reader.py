"""Reading what a function writes without ever keeping the loop from its other work, however much that is.

A flood costs by its lines, not by its bytes: 64 KiB of empty lines are 65,536 log events. So a read is as large as what its
handling costs allows, and a pipe that has had its share of the loop's time is left alone for a while. What is not read stays in
the pipe, and a writer whose pipe is full waits, as on Lambda.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from array import array
from collections.abc import Callable

from workbench.sandbox.protocol import OutputHandler

TURN_S = 0.000_3
"""How long output is handled in one turn of the loop; much less than a warm invocation takes."""
SHARE = 0.1
"""Of the loop's time, for all floods together."""
BURST_S = 0.002
"""A burst of this length costs no pause: some hundred lines."""
HELD_S = 0.02
"""How long a handler that has too much on its hands is left alone."""
LEAST_BYTES, MOST_BYTES = 256, 65_536


POLL_S = 0.01

Waiter = Callable[["PacedReader"], Callable[[], None]]
"""Arranges that `PacedReader.read_some` is called when there is something; returns what stops that (also twice)."""


class LoopShare:
    """The part of the loop's time that output may take, divided among those who want more of it."""

    def __init__(self) -> None:
        self._owing: set[PacedReader] = set()

    def of(self, reader: PacedReader, debt_s: float) -> float:
        """What one reader may have (0 to 1) when its handling took `debt_s` more than that until now."""
        if debt_s > BURST_S:
            self._owing.add(reader)
        else:
            self._owing.discard(reader)
        return SHARE / max(1, len(self._owing))

    def leave(self, reader: PacedReader) -> None:
        """It reads no more."""
        self._owing.discard(reader)


class PacedReader:
    """Hands what arrives at a descriptor (not blocking; a pipe or a socket) to a handler, in turns. On the loop.

    The descriptor's owner closes it. `at_end` is told once that nothing more can come.
    """

    def __init__(
        self, descriptor: int, handler: OutputHandler, share: LoopShare | None = None, wait: Waiter | None = None, *,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.descriptor = descriptor
        self._handler = handler
        self._share = share or LoopShare()
        self._wait = wait or _waiter()
        self._at_end = at_end
        self._timer: asyncio.TimerHandle | None = None
        self._size = LEAST_BYTES
        self._count = 0
        self._debt_s, self._debt_at_s = 0.0, 0.0
        self._is_open = True
        self._has_ended = False
        self._unwatch = self._wait(self)

    @property
    def is_pausing(self) -> bool:
        """Whether more may be there than was read."""
        return self._timer is not None

    def read_some(self) -> None:
        """There is something: handle a part of it."""
        pause_s = self._turn(MOST_BYTES)
        if self._has_ended:
            self._unwatch()
        elif pause_s > 0 and self._is_open:
            self._unwatch()
            self._timer = asyncio.get_running_loop().call_later(pause_s, self._go_on)

    async def drain(self) -> None:
        """Hand over everything that was written before this call, and not what is written during it."""
        end = self._count + self._pending()
        while self._count < end and self._is_open:
            before = self._count
            pause_s = self._turn(end - before)
            if self._count == before:
                return
            if self._count < end:
                await asyncio.sleep(pause_s)

    def drain_now(self) -> None:
        """The same without a pause, for an end that cannot wait."""
        end = self._count + self._pending()
        while self._count < end and self._read(min(end - self._count, MOST_BYTES)):
            pass

    def close(self) -> None:
        """Stop reading. Idempotent."""
        if not self._is_open:
            return
        self._is_open = False
        self._share.leave(self)
        if self._timer is not None:
            self._timer.cancel()
        self._unwatch()

    def _go_on(self) -> None:
        self._timer = None
        self._unwatch = self._wait(self)

    def _turn(self, most: int) -> float:
        """Read for TURN_S, `most` bytes at most; returns for how long not to read on."""
        begun_s = at_s = time.perf_counter()
        is_held = False
        while most > 0 and at_s - begun_s < TURN_S and not is_held:
            size = min(self._size, most)
            count, is_held = self._read_held(size)
            now_s = time.perf_counter()
            self._adapt(now_s - at_s, is_full=count == self._size)
            most, at_s = most - count, now_s
            if count < size:
                break
        pause_s = self._pause(at_s - begun_s, at_s)
        return max(pause_s, HELD_S) if is_held else pause_s

    def _adapt(self, cost_s: float, *, is_full: bool) -> None:
        if cost_s > TURN_S:
            self._size = max(LEAST_BYTES, self._size // 2)
        elif is_full and cost_s < TURN_S / 3:
            self._size = min(MOST_BYTES, self._size * 2)

    def _pause(self, cost_s: float, now_s: float) -> float:
        earned_s = (now_s - self._debt_at_s) * self._share.of(self, self._debt_s)
        self._debt_s, self._debt_at_s = max(0.0, self._debt_s - earned_s) + cost_s, now_s
        share = self._share.of(self, self._debt_s)
        return max(0.0, self._debt_s - BURST_S) / share

    def _read(self, size: int) -> int:
        return self._read_held(size)[0]

    def _read_held(self, size: int) -> tuple[int, bool]:
        """How much was read (0: nothing is there, or it has ended), and whether the handler asks for a pause."""
        if not self._is_open:
            return 0, False
        try:
            data = os.read(self.descriptor, size)
        except BlockingIOError:
            return 0, False
        except OSError:  # a socket whose other end is gone
            data = b""
        self._count += len(data)
        if not data:
            self._end()
            return 0, False
        return len(data), bool(self._handler(data))

    def _end(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._at_end()

    def _pending(self) -> int:
        return pending_bytes(self.descriptor) if self._is_open else 0


def pending_bytes(descriptor: int) -> int:
    """How many bytes wait to be read."""
    if sys.platform == "win32":
        import _winapi
        import msvcrt

        return _winapi.PeekNamedPipe(msvcrt.get_osfhandle(descriptor), 0)[0]
    import fcntl
    import termios

    count = array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def _waiter() -> Waiter:
    """Windows' event loops cannot wait for a pipe of ours: there it is looked into a hundred times a second. Untried there."""
    return poll_for_output if sys.platform == "win32" else wait_for_readable


def wait_for_readable(reader: PacedReader) -> Callable[[], None]:
    """Let the loop call `read_some` whenever there is something."""
    loop = asyncio.get_running_loop()
    descriptor = reader.descriptor
    loop.add_reader(descriptor, reader.read_some)

    def stop() -> None:
        loop.remove_reader(descriptor)

    return stop


def poll_for_output(reader: PacedReader) -> Callable[[], None]:
    """Look for something every 10 ms."""
    return _Polling(reader).stop


class _Polling:
    def __init__(self, reader: PacedReader) -> None:
        self._reader = reader
        self._timer = asyncio.get_running_loop().call_later(POLL_S, self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(POLL_S, self._look)
        self._reader.read_some()
