"""A file of the kernel that is read again and again: opened once, since finding it takes longer than reading it."""

from __future__ import annotations

import os

_MOST_BYTES = 16_384


class KeptFile:
    """Use it on one thread; `close` ends it. A group's list of members is no such file: the kernel keeps what it told first."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1

    def read(self) -> bytes:
        """Return what the file says now, b"" if it, or what it is about, is gone."""
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(self._descriptor, _MOST_BYTES, 0)
        except OSError:
            return b""

    def close(self) -> None:
        """Close it. It may be read again, which opens it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
