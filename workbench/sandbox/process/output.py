"""The pipe that carries both stdout and stderr of a runtime, so that their order is kept."""

from __future__ import annotations

import os

from workbench.sandbox.paced_reader import LoopShare, PacedReader, Waiter
from workbench.sandbox.protocol import OutputHandler


class OutputPipe:
    """Delivers what arrives in a pipe to a handler. `write_end` goes to the child; `close_write_end` closes our copy.

    `share` is common to all pipes of an engine. `ends`: read end and write end of an existing pipe, None to make a new one.
    """

    def __init__(self, output: OutputHandler, share: LoopShare | None = None, wait: Waiter | None = None, *,
                 ends: tuple[int, int] | None = None) -> None:
        self.read_end, self.write_end = ends or os.pipe()
        os.set_blocking(self.read_end, False)
        self._open_ends = {self.read_end, self.write_end}
        self._reader = PacedReader(self.read_end, output, share, wait)

    def close_write_end(self) -> None:
        """Close our copy of the write end, so that the pipe ends with the last child that has one."""
        self._close_end(self.write_end)

    def read_some(self) -> None:
        """Deliver what is there, up to a limit."""
        self._reader.read_some()

    def has_drained(self) -> bool:
        """Whether nothing waits to be delivered."""
        return self._reader.has_drained()

    async def drain(self) -> None:
        """Deliver everything that was written before this call, but not what is written during it."""
        await self._reader.drain()

    async def finish(self) -> None:
        """Deliver the rest and close both ends."""
        await self._reader.drain()
        self.close()

    def close(self) -> None:
        """Do the same without awaiting: with a flood in the pipe, the loop stands still meanwhile. Idempotent."""
        self._reader.drain_now()
        self._reader.close()
        self._close_end(self.write_end)
        self._close_end(self.read_end)

    def _close_end(self, end: int) -> None:
        if end in self._open_ends:
            self._open_ends.remove(end)
            os.close(end)
