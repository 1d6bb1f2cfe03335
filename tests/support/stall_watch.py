"""Watches the window's thread: nothing may keep it from painting and input for long.

Measured is the processor time of the thread, not the time of day: other programs of a busy machine stall nobody's code. They do
slow it down, because cores share caches and their power: so what took long is set against a piece of work of known length.
"""

from __future__ import annotations

import faulthandler
import functools
import inspect
import random
import tempfile
import textwrap
import threading
import time
from types import TracebackType
from typing import Any

from PySide6.QtCore import Qt, QTimer

LIMIT_MS = 100.0
"""What a person may notice (J. Nielsen, "Usability Engineering", 1993, chapter 5). The longest turns that there are, as this
watch measures them: making the panel of the configuration 74; the style sheet of another theme 60, which Qt puts on all widgets
at once; another layout 25 to 50."""
_ERROR = 1.25
"""By this much the comparison with known work may be wrong on a crowded machine: beside it, making a panel took 1.7 to 2.2 times
as long."""
TICK_MS = 5
"""A timer that is due this often waits as long as a key would."""
LOOK_S = 0.01
_DEPTH = 40
_SOURCE = inspect.getsource(textwrap)
_COMPILED, _NODES = 4, 48_000
_REFERENCE_MS = 14.4
"""What `_reference` takes on a machine that does nothing else: one core of a server of 2026 (2.0-2.6 GHz), Python 3.11."""


class StallWatch:
    """A context in which this thread's Qt loop is watched. `stalls` has what took too long, with a stack."""

    def __init__(self, limit_ms: float = LIMIT_MS) -> None:
        self.stalls: list[str] = []
        self._limit_ms = limit_ms
        self._thread = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._turn_s = self._now_s()
        self._stack = ""
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, name="stall watch")

    def __enter__(self) -> StallWatch:
        self._timer.start(TICK_MS)
        self._turn_s = self._now_s()
        self._looking.start()
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._timer.stop()
        self._over.set()
        self._looking.join()

    def _tick(self) -> None:
        """The loop has come round."""
        now_s = self._now_s()
        took_ms = (now_s - self._turn_s) * 1_000
        stack, self._stack = self._stack, ""
        self._turn_s = now_s
        if took_ms > self._limit_ms:
            self._judge(took_ms, stack)
            self._turn_s, self._stack = self._now_s(), ""  # what the comparison took is nobody's turn

    def _judge(self, took_ms: float, stack: str) -> None:
        slowdown = max(1.0, self._reference_ms() / _REFERENCE_MS)
        if took_ms / slowdown > self._limit_ms * _ERROR:
            measured = f"{took_ms / slowdown:.0f} ms of processor time ({took_ms:.0f} on a machine {slowdown:.1f} times as slow)"
            self.stalls.append(f"{measured} before the loop came round, seen meanwhile:\n{stack}")

    def _reference_ms(self) -> float:
        node = _chain()
        begun_s = self._now_s()
        _reference(node)
        return (self._now_s() - begun_s) * 1_000

    def _look(self) -> None:
        """See what is done when it takes too long. In a thread of its own."""
        while not self._over.wait(LOOK_S):
            if not self._stack and (self._now_s() - self._turn_s) * 1_000 > self._limit_ms / 2:
                self._stack = _stack_of(self._thread)

    def _now_s(self) -> float:
        return time.clock_gettime(self._clock)


def _reference(node: list[Any]) -> None:
    """Work that goes through much code and many objects, as a turn of the window does, so that other programs slow it down alike.

    Beside 4 to 16 busy ones, opening a workspace took 3.6 to 4.0 times as long as this, and making a panel 1.7 to 2.2 times.
    Counting in a loop would need no caches, and nothing slows it down, while the window took half as long again.
    """
    for _ in range(_COMPILED):
        compile(_SOURCE, "reference", "exec")
    for _ in range(_NODES):
        node = node[0]


@functools.cache
def _chain() -> list[Any]:
    """The first of some objects (4 MB) in a ring, each somewhere else in memory than the one before."""
    nodes: list[list[Any]] = [[None, float(number)] for number in range(_NODES)]
    random.Random(3).shuffle(nodes)
    for node, following in zip(nodes, (*nodes[1:], nodes[0]), strict=True):
        node[0] = following
    return nodes[0]


def _stack_of(thread: int) -> str:
    """What a thread does now. By faulthandler: frames of Python's own, read while Qt runs on, crash the process."""
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        blocks = file.read().split("\n\n")
    own = next((block for block in blocks if f"{thread:016x}" in block), "")
    return "\n".join(own.splitlines()[1:_DEPTH])
