"""The window while results arrive, in a process of its own.

    python -m tests.benchmarks.result_probe WORKSPACE ROUNDS EVENT…

Prints one JSON line: for each event file of the workspace and each of its invocations, how many milliseconds after the engine
had the answer it was painted, how many of these passed before the window had it, and how much processor time the window's thread
took in the others; by how much a 60 Hz timer was late at most from the invocation to that, and the most processor time (ms) that
the thread took between two of its ticks.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer

from tests.benchmarks.window_probe import run_window
from tests.benchmarks.window_watch import Frames, tell
from workbench.model.events import StreamEvent

if TYPE_CHECKING:
    from workbench.gui.shell.main_window import MainWindow

PAUSE_MS = 400
"""Between two invocations, so that nothing of the one before is still being done."""


class Results(QObject):
    """Invokes with one event after the other, and watches the panel until its answer has been painted."""

    def __init__(self, window: MainWindow, events: Sequence[str], rounds: int) -> None:
        super().__init__(window)
        assert window.workspace is not None
        self._window, self._workspace = window, window.workspace
        self._left = [name for _ in range(rounds + 1) for name in events]
        self._uncounted = len(events)
        self._taken: dict[str, list[tuple[float, ...]]] = {name: [] for name in events}
        self._frames = Frames(self)
        self._had_ms = self._came_ms = self._came_own_s = 0.0
        self._request_id = ""
        self._observe_stream()
        self._workspace.invocations.started.connect(self._on_started)
        self._panel = self._workspace.panels.result.panel
        answers = self._panel.answers
        for view in (answers.text.short, answers.text.long, answers.response.lines):
            view.viewport().installEventFilter(self)
        self._next()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._request_id and self._is_shown():
            self._request_id = ""
            QTimer.singleShot(0, self._painted)
        return False

    def _observe_stream(self) -> None:
        apply = self._workspace.session.apply

        def observed(batch: Sequence[StreamEvent], now_ms: float | None = None) -> Any:
            for event in batch:
                is_own = event.type == "sandbox.payload" and event.request_id == self._request_id
                if is_own and event.fields()["kind"] == "result":
                    self._had_ms = event.time_ms
                    self._came_ms, self._came_own_s = time.time() * 1_000, time.thread_time()
            return apply(batch, now_ms)

        self._workspace.session.apply = observed  # type: ignore[method-assign]

    def _is_shown(self) -> bool:
        invocation, answers = self._panel.invocation, self._panel.answers
        if invocation is None or invocation.request_id != self._request_id or not invocation.answered:
            return False
        if self._left[0] == "small":
            return '"n": 1' in answers.text.short.toPlainText()
        view = answers.response.lines if answers.shown == "response" else answers.text.long
        return view.lines.rowCount() > 1_000

    def _next(self) -> None:
        self._workspace.model.choose_event(self._left[0])
        self._frames.take()
        self._workspace.invocations.invoke()

    def _on_started(self, request_id: str, _name: str) -> None:
        self._request_id = request_id

    def _painted(self) -> None:
        own_ms = (time.thread_time() - self._came_own_s) * 1_000
        taken_ms = time.time() * 1_000 - self._had_ms, self._came_ms - self._had_ms, own_ms
        QTimer.singleShot(PAUSE_MS, lambda: self._keep(taken_ms))

    def _keep(self, taken_ms: tuple[float, ...]) -> None:
        name = self._left.pop(0)
        if self._uncounted:
            self._uncounted -= 1
        else:
            self._taken[name].append((*taken_ms, *map(max, self._frames.take())))
        if self._left:
            self._next()
        else:
            tell(self._taken)
            self._window.close()


def main() -> None:
    workspace, rounds, events = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    started: list[Results] = []

    def opened(window: MainWindow) -> None:
        controller = window.workspace
        assert controller is not None

        def on_state(_: object = None) -> None:
            if not started and controller.link.is_running and controller.link.state.phase == "running":
                started.append(Results(window, events, rounds))

        def completed() -> None:
            controller.link.state_changed.connect(on_state)
            on_state()

        controller.completed.connect(completed)

    run_window(workspace, opened)


if __name__ == "__main__":
    main()
