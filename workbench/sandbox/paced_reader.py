"""Reads what a function writes without ever blocking the loop's other work, however much it writes.

The cost of a flood depends on its lines, not its bytes: 64 KiB of empty lines are 65,536 log events. So the size of a read is
adapted to what handling it costs, and a pipe that has used up its share of the loop's time is left alone for a while. Unread data
stays in the pipe, and a writer whose pipe is full waits, as on Lambda.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable

from workbench.sandbox.protocol import OutputHandler

if sys.platform == "win32":
    import _winapi
    import msvcrt
else:
    import fcntl
    import termios

TURN_S = 0.000_3
"""How long output is handled in one turn of the loop: much shorter than a warm invocation."""
SHARE = 0.1
"""The share of the loop's time for all floods together."""
BURST_S = 0.002
"""How much handling may exceed the share before it pauses, so that a burst of some hundred lines is not delayed."""
HELD_S = 0.02
"""The pause for a handler that asks for one because it has too much to write."""
LEAST_BYTES, MOST_BYTES = 256, 65_536
"""Limits for the size of a read."""


POLL_S = 0.01
_COUNT_BYTES = 4
"""The size of the C int in which the system counts what waits."""

Waiter = Callable[["PacedReader"], Callable[[], None]]
"""Has `PacedReader.read_some` called when data arrives; returns a function that stops this and may be called twice."""


class LoopShare:
    """The share of the loop's time for output, divided among the readers that exceed it."""

    def __init__(self) -> None:
        self._owing: set[PacedReader] = set()

    def of(self, reader: PacedReader, debt_s: float) -> float:
        """The share (0 to 1) of one reader, whose handling has exceeded its share by `debt_s` until now."""
        if debt_s > BURST_S:
            self._owing.add(reader)
        else:
            self._owing.discard(reader)
        return SHARE / max(1, len(self._owing))

    def leave(self, reader: PacedReader) -> None:
        """Forget a reader that has stopped."""
        self._owing.discard(reader)


class PacedReader:
    """Delivers what arrives at a non-blocking descriptor (pipe or socket) to a handler, in turns. On the loop.

    The descriptor's owner closes it. `at_end` is called once, when nothing more can arrive.
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
        """Whether it is pausing, so that there may be more to read."""
        return self._timer is not None

    def read_some(self) -> None:
        """Handle a part of what has arrived, then pause if that took too long."""
        pause_s = self._turn(MOST_BYTES)
        if self._has_ended:
            self._unwatch()
        elif pause_s > 0 and self._is_open:
            self._unwatch()
            self._timer = asyncio.get_running_loop().call_later(pause_s, self._go_on)

    def has_drained(self) -> bool:
        """Whether nothing waits to be read."""
        return not self._is_open or not pending_bytes(self.descriptor)

    async def drain(self) -> None:
        """Deliver everything that was written before this call, but not what is written during it.

        Otherwise a writer that never stops would keep the caller, an invocation's end, waiting for ever.
        """
        end = self._count + self._pending()
        while self._count < end and self._is_open:
            before = self._count
            pause_s = self._turn(end - before)
            if self._count == before:
                return
            if self._count < end:
                await asyncio.sleep(pause_s)

    def drain_now(self) -> None:
        """Do the same without pauses, for a caller that cannot await."""
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
        """Read for TURN_S or `most` bytes; returns how long to pause then, in seconds."""
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
        # The share is asked for twice: what was earned since the last turn depends on the old debt, the pause on the new one.
        earned_s = (now_s - self._debt_at_s) * self._share.of(self, self._debt_s)
        self._debt_s, self._debt_at_s = max(0.0, self._debt_s - earned_s) + cost_s, now_s
        share = self._share.of(self, self._debt_s)
        return max(0.0, self._debt_s - BURST_S) / share

    def _read(self, size: int) -> int:
        return self._read_held(size)[0]

    def _read_held(self, size: int) -> tuple[int, bool]:
        """The number of bytes read (0: nothing there, or the end), and whether the handler asks for a pause."""
        if not self._is_open:
            return 0, False
        try:
            data = os.read(self.descriptor, size)
        except BlockingIOError:
            return 0, False
        except OSError:  # a socket whose other end is gone: the same as an end
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
    """The number of bytes waiting to be read."""
    if sys.platform == "win32":
        return _winapi.PeekNamedPipe(msvcrt.get_osfhandle(descriptor), 0)[0]
    count = bytearray(_COUNT_BYTES)  # of what cannot be written to, Python finds that out at ten times the cost
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


def _waiter() -> Waiter:
    """The way to wait for data. Windows' event loops cannot wait for our pipes, which are polled there. Untried there."""
    return poll_for_output if sys.platform == "win32" else wait_for_readable


def wait_for_readable(reader: PacedReader) -> Callable[[], None]:
    """Have the loop call `read_some` whenever there is data."""
    loop = asyncio.get_running_loop()
    descriptor = reader.descriptor
    loop.add_reader(descriptor, reader.read_some)

    def stop() -> None:
        loop.remove_reader(descriptor)

    return stop


def poll_for_output(reader: PacedReader) -> Callable[[], None]:
    """Call `read_some` every 10 ms."""
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
