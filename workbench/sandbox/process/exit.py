"""Notices that a child has ended, without polling and without the event loop's subprocess support.

uvloop takes 5 ms to start a child, subprocess.Popen only 0.6 ms (vfork); so children are started with Popen and watched here.
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
    """Call `ended` once on the running loop when the process has ended; with pidfd it is not reaped yet and keeps its ID."""
    if sys.platform == "linux":
        try:
            return watch_descriptor(os.pidfd_open(process.pid), ended)
        except OSError:
            # Kernels before 5.3 and some container policies have no pidfd_open; then a thread does it.
            pass
    return watch_in_thread(process, ended)


def watch_descriptor(descriptor: int, ended: Ended) -> None:
    """Call `ended` once when the process of a pidfd has ended, which makes it readable. Then closes the descriptor."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        ended()

    loop.add_reader(descriptor, readable)


def watch_in_thread(process: subprocess.Popen[bytes], ended: Ended) -> None:
    """Call `ended` once, from a thread that waits for the process and reaps it. For systems without pidfd."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        process.wait()
        # At the end of the program, the loop may be closed by then.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(ended)

    begin_thread(f"Waiting for process {process.pid}", wait)
