"""The one pipe that carries a runtime's stdout and stderr, so that their order is kept."""

from __future__ import annotations

import os

from workbench.sandbox.paced_reader import LoopShare, PacedReader, Waiter
from workbench.sandbox.protocol import OutputHandler


class OutputPipe:
    """Hands what arrives in a pipe to a handler. `write_end` goes to the child and is closed here with `close_write_end`.

    `share` is what all pipes of an engine share; `ends`: those of a pipe that was made already, to read and to write.
    """

    def __init__(self, output: OutputHandler, share: LoopShare | None = None, wait: Waiter | None = None, *,
                 ends: tuple[int, int] | None = None) -> None:
        self.read_end, self.write_end = ends or os.pipe()
        os.set_blocking(self.read_end, False)
        self._open_ends = {self.read_end, self.write_end}
        self._reader = PacedReader(self.read_end, output, share, wait)

    def close_write_end(self) -> None:
        """The child has its own copy: with ours gone, the pipe ends when the last child is gone."""
        self._close_end(self.write_end)

    def read_some(self) -> None:
        """Hand over what is there, a bounded amount."""
        self._reader.read_some()

    async def drain(self) -> None:
        """Hand over everything that was written before this call, and not what is written during it."""
        await self._reader.drain()

    async def finish(self) -> None:
        """Hand over the rest and release both ends."""
        await self._reader.drain()
        self.close()

    def close(self) -> None:
        """The same for who cannot wait: with a flood in the pipe the loop stands still meanwhile. Idempotent."""
        self._reader.drain_now()
        self._reader.close()
        self._close_end(self.write_end)
        self._close_end(self.read_end)

    def _close_end(self, end: int) -> None:
        if end in self._open_ends:
            self._open_ends.remove(end)
            os.close(end)
