"""The event loop of the engine and the commands: uvloop (winloop on Windows) if it is installed, else asyncio's own."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to completion on a new loop and return its result. From here on there may be garbage to collect."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        if not gc.isenabled():
            gc.freeze()  # what has been imported stays
            gc.enable()
        return runner.run(main)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        if sys.platform == "win32":
            import winloop

            return winloop.new_event_loop  # type: ignore[no-any-return]
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
