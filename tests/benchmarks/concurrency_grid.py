"""The grid of concurrency with 1,000 environments that all change: how long one frame takes.

A frame is what the window does for it: take in the events, count and lay out, and paint all of the grid (1,056 x 300 pixels, its
place in a window of 1,280 pixels, where every cell can be seen). In each frame, the next environments begin or end an invocation,
and a function is throttled: with 17 of them, every cell changes once a second, with 100 six times. Told beside it: the share of
taking in the events, and the processor's time, which other programs on the machine do not lengthen. The aim is a frame under
16 ms: 60 a second.

Offscreen, or with DISPLAY on that display; the painting is Qt's own raster engine in both.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from PySide6.QtWidgets import QApplication

from tests.benchmarks.measures import percentile
from tests.support.event_builders import EventStream
from workbench.gui.look.theme import DARK
from workbench.gui.panels.concurrency.concurrency_panel import ConcurrencyPanel
from workbench.model.events import StreamEvent
from workbench.state.session import Session

ENVIRONMENTS = 1_000
FUNCTIONS = 5
FRAMES = 600
CHANGING = (17, 100, 250)
"""How many environments change from one frame to the next."""
AIM_MS = 16.0


class Load:
    """Environments of some functions, which begin and end invocations in turn. Each call of `step` is what happens in a frame."""

    def __init__(self) -> None:
        self._stream = EventStream()
        self._stream.now_ms = time.time() * 1_000
        self._runs = [""] * ENVIRONMENTS
        self._next = self._taken = self._requests = 0
        for number in range(ENVIRONMENTS):
            self._turn_to(number)
            self._stream.create(f"e{number:06d}", 0.0, 0.0)
            self._stream.init(f"e{number:06d}", runtime_ms=0.0, function_ms=0.0, with_spans=False)

    def take(self) -> list[StreamEvent]:
        """The events since the last call."""
        new, self._taken = self._stream.events[self._taken:], len(self._stream.events)
        return new

    def step(self, changing: int) -> list[StreamEvent]:
        """Have the next environments begin an invocation, or end the one that they run."""
        self._stream.now_ms = time.time() * 1_000
        for _ in range(changing):
            self._change(self._next)
            self._next = (self._next + 1) % ENVIRONMENTS
        self._turn_to(0)
        self._stream.emit("sandbox.throttled", {"reason": "ConcurrentInvocationLimitExceeded", "count": 3})
        return self.take()

    def _change(self, number: int) -> None:
        self._turn_to(number)
        environment_id, request_id = f"e{number:06d}", self._runs[number]
        if request_id:
            metrics = {"durationMs": 1.0, "billedDurationMs": 1, "memorySizeMB": 512, "maxMemoryUsedMB": 61}
            record = {"requestId": request_id, "status": "success", "metrics": metrics}
            self._stream.emit("platform.report", record, environment_id, request_id)
            self._runs[number] = ""
        else:
            self._requests += 1
            request_id = self._runs[number] = f"r{self._requests}"
            self._stream.assign(request_id, environment_id, "warm")
            self._stream._start(request_id, environment_id)

    def _turn_to(self, number: int) -> None:
        self._stream.function_name = f"function-{number % FUNCTIONS}"


def measure(changing: int) -> None:
    """Paint FRAMES frames, and print what they took."""
    session, load = Session(), Load()
    session.apply(load.take(), time.time() * 1_000)
    panel = ConcurrencyPanel(session, theme=DARK)
    panel.resize(1_056, 300)
    panel.show()
    QApplication.processEvents()  # only an exposed window is painted
    panel.refresh()
    frames_ms, taken_ms, processor_ms = [], [], []
    for _ in range(FRAMES):
        batch = load.step(changing)
        began_s, processor_s = time.perf_counter(), time.process_time()
        session.apply(batch, time.time() * 1_000)
        taken_ms.append((time.perf_counter() - began_s) * 1_000)
        panel.refresh()
        panel.grid.viewport().repaint()
        frames_ms.append((time.perf_counter() - began_s) * 1_000)
        processor_ms.append((time.process_time() - processor_s) * 1_000)
    seen = sum(len(place.flow().spots) for place in panel.grid.layout_of_rows.rows)
    assert (seen, panel.grid.verticalScrollBar().maximum()) == (ENVIRONMENTS, 0)
    panel.close()
    print(f"{changing:5,} of {ENVIRONMENTS:,} cells change   frame: median {statistics.median(frames_ms):5.1f} ms   "
          f"p99 {percentile(frames_ms, 0.99):5.1f} ms   (aim: under {AIM_MS:.0f} ms)   taking in the events "
          f"{statistics.median(taken_ms):4.1f} ms   processor: median {statistics.median(processor_ms):4.1f} ms, "
          f"p99 {percentile(processor_ms, 0.99):4.1f} ms", flush=True)


def main() -> None:
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    for changing in CHANGING:
        measure(changing)
    del application


if __name__ == "__main__":
    main()
