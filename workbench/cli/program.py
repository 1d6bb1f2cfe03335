"""`workbench` as a process of its own, which starts without looking for garbage and ends without taking itself apart.

What imports make stays to the end, so a collector that looks through it on the way finds nothing. At the end Python would look
through all of it once more and then clear one module after the other, for memory that the operating system takes back at once.
Together that is a quarter of what an engine's start and end cost.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys


def run() -> None:
    """Run the command line; ends this process. The collector works again as soon as a command has its event loop."""
    gc.disable()
    statuses: list[int] = []
    atexit.register(_leave, statuses)  # before anything else registers there: it comes last, when threads have ended too
    from workbench.cli.main import main

    try:
        main()
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            statuses.append(ended.code or 0)
        raise


def _leave(statuses: list[int]) -> None:
    """End now. What else there may be is left to Python: a traceback, a window (Qt has its order), output without a reader."""
    if not statuses or "PySide6" in sys.modules:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(statuses[0])
