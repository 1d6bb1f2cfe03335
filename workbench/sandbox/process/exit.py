"""Learning that a child ended, without a poll and without taking the event loop's own child watching.

uvloop's subprocess support needs 5 ms to start a child where subprocess.Popen needs 0.6 ms (vfork); hence Popen and this.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable

from workbench.background import begin_thread

Ended = Callable[[], None]


def watch_exit(process: subprocess.Popen[bytes], ended: Ended) -> None:
    """Call `ended` once on the running loop when the process has ended; it is not reaped yet where the system allows that."""
    if sys.platform == "linux":
        try:
            return watch_descriptor(os.pidfd_open(process.pid), ended)
        except OSError:
            # Kernels before 5.3 and some container policies have no pidfd_open: a thread then.
            pass
    return watch_in_thread(process, ended)


def watch_descriptor(descriptor: int, ended: Ended) -> None:
    """Call `ended` once when the process of a pidfd has ended, which makes it readable; the descriptor is closed then."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        ended()

    loop.add_reader(descriptor, readable)


def watch_in_thread(process: subprocess.Popen[bytes], ended: Ended) -> None:
    """The way of systems without pidfd: a thread waits, and reaps."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        process.wait()
        # The loop may be closed by then, at the end of the program.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(ended)

    begin_thread(f"Waiting for process {process.pid}", wait)
