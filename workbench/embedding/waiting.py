"""Waiting for a state of the engine, in the thread that asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_LOOK_S = 0.01


def wait_for(look: Callable[[], T | None], timeout_s: float) -> T | None:
    """Call `look` until it returns something, and return that; None if it has not within `timeout_s`. Blocks."""
    end_s = time.monotonic() + timeout_s
    while True:
        found = look()
        if found is not None or time.monotonic() >= end_s:
            return found
        time.sleep(_LOOK_S)
