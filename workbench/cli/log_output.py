"""Write the log of a program to its standard error without ever waiting for whoever reads it.

A script that starts `workbench serve` with a pipe and does not read it would otherwise stop the engine: a pipe holds 64 KB, and
whoever writes more waits, here the loop that serves everything.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
from collections.abc import Iterator

from workbench.background import begin_thread

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MOST_WAITING = 2_000
"""How many records wait for a reader before further ones are left out."""
END_LIMIT_S = 2.0
"""How long the end of the program waits for records that nobody has read."""


class PatientHandler(logging.Handler):
    """Hands records to a thread of its own, which may wait for the reader. Records that do not fit are counted and left out.

    `descriptor` is where it writes. It writes there directly: a thread that waits inside a Python stream would hold the stream's
    lock at the end of the program, which Python answers by aborting.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._encoding = encoding
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._left_out = 0
        self._thread = begin_thread("The log", self._write_all)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record. Never waits."""
        if self._left_out and not self._put(f"{self._left_out} records of the log were left out: nobody read it.\n"):
            self._left_out += 1
            return
        self._left_out = 0
        if not self._put(f"{self.format(record)}\n"):
            self._left_out = 1

    def close(self) -> None:
        """Write what waits, for END_LIMIT_S at most."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=END_LIMIT_S)
        self._thread.join(END_LIMIT_S)
        super().close()

    def _put(self, line: str) -> bool:
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            return False
        return True

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            content = line.encode(self._encoding, "backslashreplace")
            with contextlib.suppress(OSError):  # the reader is gone, or the disk is full: the log is lost, the program goes on
                while content:
                    content = content[os.write(self._descriptor, content) :]


@contextlib.contextmanager
def log_to_standard_error() -> Iterator[None]:
    """Log to standard error while the block runs."""
    handler = PatientHandler(sys.stderr.fileno(), sys.stderr.encoding)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of every change to a file
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
