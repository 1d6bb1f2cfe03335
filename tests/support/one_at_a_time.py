"""One process of this machine at a time: test runs beside each other must not both start a daemon or build the same thing."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Wait until no other process is in a block of the same name. Windows, where no test builds anything, does not wait."""
    if os.name == "nt":
        yield
        return
    import fcntl

    with Path(tempfile.gettempdir(), f"workbench-test-{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
