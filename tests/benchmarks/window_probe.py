"""The window under observation, in a process of its own. Nothing of it is in the program: it is watched from outside.

    python -m tests.benchmarks.window_probe empty
    python -m tests.benchmarks.window_probe paint WORKSPACE
    python -m tests.benchmarks.window_probe frames WORKSPACE SECONDS [PROFILE]

Prints one JSON line. `empty` and `paint`: the monotonic time (s) at which the window's first paint was done and the loop came
round again; `paint` also when the workspace was painted, and when the parts left for after that were there. `frames` says `go`
when it is connected to its engine, and prints by how much a 60 Hz timer was late, for each phase.
"""

from __future__ import annotations

import cProfile
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

if TYPE_CHECKING:
    from workbench.gui.main_window import MainWindow

FRAME_MS = 16
IDLE_S = 2.0


class FirstPaint(QObject):
    """Calls `done` once, in the first turn of the loop after a widget was painted."""

    def __init__(self, widget: QWidget, done: Callable[[], None]) -> None:
        super().__init__(widget)
        self._done = done
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._done)
        return False


class Frames(QObject):
    """A 60 Hz timer that keeps by how many milliseconds each of its calls was late."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._late_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(FRAME_MS)

    def take(self) -> list[float]:
        """What was kept since the last call."""
        taken, self._late_ms = self._late_ms, []
        return taken

    def _tick(self) -> None:
        now_s = time.perf_counter()
        self._late_ms.append(max(0.0, (now_s - self._last_s) * 1000 - FRAME_MS))
        self._last_s = now_s


def tell(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


def empty() -> None:
    """The least a window of Qt can be."""
    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(1280, 800)
    window.setCentralWidget(QWidget())

    def painted() -> None:
        tell({"painted_s": time.perf_counter()})
        application.quit()

    FirstPaint(window, painted)
    window.show()
    application.exec()


def run_window(
    workspace: str, opened: Callable[[MainWindow], None], shown: Callable[[MainWindow], None] = lambda _: None
) -> None:
    """The program as its command runs it; `shown` and `opened` (a workspace) are called before that is painted."""
    import workbench.gui.app
    from workbench.cli.main import main

    show = workbench.gui.app._show

    async def observed(application: QApplication, *given: Any) -> None:
        from workbench.gui.main_window import MainWindow

        open_workspace = MainWindow.open_workspace

        def open_observed(window: MainWindow, folder: Any) -> bool:
            done = open_workspace(window, folder)
            opened(window)
            return done

        def show_observed(window: MainWindow) -> None:
            shown(window)
            QMainWindow.show(window)

        MainWindow.open_workspace = open_observed  # type: ignore[method-assign, assignment]
        MainWindow.show = show_observed  # type: ignore[method-assign, assignment]
        await show(application, *given)

    workbench.gui.app._show = observed
    sys.argv[1:] = [workspace]
    main()


def paint(workspace: str) -> None:
    """First paint of the window, of the workspace in it, and all that is made right after that."""
    at_s: dict[str, float] = {}

    def note(name: str) -> Callable[[], None]:
        return lambda: at_s.update({name: time.perf_counter()})

    def opened(window: MainWindow) -> None:
        assert window.workspace is not None
        timeline = window.workspace.page.timeline

        def painted() -> None:
            note("opened_s")()
            QTimer.singleShot(0, complete)

        def complete() -> None:
            if timeline.panel is None:
                QTimer.singleShot(0, complete)
                return
            note("complete_s")()
            tell(at_s)
            window.close()

        FirstPaint(timeline, painted)

    def shown(window: MainWindow) -> None:
        FirstPaint(window, note("painted_s"))

    run_window(workspace, opened, shown)


def frames(workspace: str, seconds: float, profile: str) -> None:
    """Lateness at rest, then under the storm with the log in front and with the result in front."""
    profiler = cProfile.Profile()
    kept: dict[str, list[float]] = {}

    def opened(window: MainWindow) -> None:
        controller = window.workspace
        assert controller is not None
        timer, link = Frames(window), controller.link

        def at_rest() -> None:
            timer.take()
            QTimer.singleShot(int(IDLE_S * 1000), begin)

        def begin() -> None:
            kept["at rest"] = timer.take()
            window.focus_panel("logs")
            print("go", flush=True)
            if profile:
                profiler.enable()
            QTimer.singleShot(int(seconds * 1000), with_result)

        def with_result() -> None:
            kept["log in front"] = timer.take()
            window.focus_panel("result")
            QTimer.singleShot(int(seconds * 500), finish)

        def finish() -> None:
            profiler.disable()
            kept["result in front"] = timer.take()
            session = controller.session
            tell({"late_ms": kept, "seen": session.sequence.last, "invocations": session.totals.invocations})
            if profile:
                profiler.dump_stats(profile)
            window.close()

        def on_state(_: object) -> None:
            if link.is_running and link.state.phase == "running":
                link.state_changed.disconnect(on_state)
                QTimer.singleShot(1000, at_rest)

        link.state_changed.connect(on_state)

    run_window(workspace, opened)


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "empty":
        empty()
    elif what == "paint":
        paint(rest[0])
    else:
        frames(rest[0], float(rest[1]), rest[2] if len(rest) > 2 else "")


if __name__ == "__main__":
    main()
