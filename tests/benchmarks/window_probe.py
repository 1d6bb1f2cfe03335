"""The window under observation, in a process of its own. Nothing of it is in the program: it is watched from outside.

    python -m tests.benchmarks.window_probe empty
    python -m tests.benchmarks.window_probe paint WORKSPACE
    python -m tests.benchmarks.window_probe engine WORKSPACE
    python -m tests.benchmarks.window_probe frames WORKSPACE SECONDS [PROFILE]

Prints one JSON line. `empty` and `paint`: the monotonic time (s) at which the window's first paint was done and the loop came
round again, and the processor time (s) of the whole process until then. `paint` also, with both times: when the workspace's code
was painted in the editor; when a key, sent after that from a turn of the running loop to the widget that has the window's focus,
was in the text; when all panels were made; and by how much a 60 Hz timer was late at most from the first of these to the last
panel. `engine`: when the engine answered. `frames` says `go` when it is connected to its engine, and prints for each phase by how
much a 60 Hz timer was late, and the processor time of the window's thread from one of its calls to the next. (Nothing of Qt is
imported here before the program, or the empty window, does so: when that happens is part of what is measured.)
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.window_watch import Start
    from workbench.gui.shell.main_window import MainWindow

IDLE_S = 2.0
LARGE = 1920, 1080
"""The size of the window, in logical pixels, in which all large views are seen at once."""
Observer = Callable[["MainWindow"], None]


def run_window(
    workspace: str, opened: Observer, *, shown: Observer = lambda _: None, begun: Observer = lambda _: None
) -> None:
    """The program as its command runs it; `shown`, `begun` (with code) and `opened` are called before that is painted.

    It is watched from when it has imported its window: Qt and all else come when they come, and in the order in which they do.
    """
    from workbench.cli import window as cli
    from workbench.cli.program import run

    load = cli._run_window

    def load_observed() -> Callable[[Path | None], int]:
        loaded = load()
        from tests.benchmarks.window_watch import observe

        observe(shown, begun, opened)
        return loaded

    cli._run_window = load_observed
    sys.argv[1:] = [workspace]
    run()


def paint(workspace: str) -> None:
    """First paint of the window, and what follows until one can work in it."""
    at_s: dict[str, float] = {}
    starts: list[Start] = []

    def begun(window: MainWindow) -> None:
        from tests.benchmarks.window_watch import Start

        if window.workspace is None and window.pages.count() > 1:  # else it was never open before
            starts.append(Start(window, at_s))

    def opened(window: MainWindow) -> None:
        from tests.benchmarks.window_watch import Start

        if not starts:
            starts.append(Start(window, at_s))
        starts[0].on_opened(window)

    def shown(window: MainWindow) -> None:
        from tests.benchmarks.window_watch import FirstPaint, note

        FirstPaint(window, partial(note, at_s, "painted"))

    run_window(workspace, opened, shown=shown, begun=begun)


def engine(workspace: str) -> None:
    """The engine's first answer."""

    def opened(window: MainWindow) -> None:
        from tests.benchmarks.window_watch import tell

        assert window.workspace is not None
        link = window.workspace.link

        def answered(_health: object) -> None:
            link.health_changed.disconnect(answered)
            tell({"engine_s": time.perf_counter()})
            window.close()

        link.health_changed.connect(answered)

    run_window(workspace, opened)


def frames(workspace: str, seconds: float, profile: str) -> None:
    """At rest, then under the storm: as the window opens, with the log in front, and with all large views beside each other."""
    import cProfile

    from PySide6.QtCore import QSize, QTimer

    from tests.benchmarks.window_watch import Frames, show_all, tell

    profiler = cProfile.Profile()
    kept: dict[str, tuple[list[float], list[float]]] = {}

    def opened(window: MainWindow) -> None:
        controller = window.workspace
        assert controller is not None
        timer, link = Frames(window), controller.link

        def at_rest() -> None:
            window.resize(QSize(*LARGE))
            show_all(window)
            QTimer.singleShot(500, rest)

        def rest() -> None:
            timer.take()
            QTimer.singleShot(int(IDLE_S * 1000), begin)

        def begin() -> None:
            kept["at rest"] = timer.take()
            print("go", flush=True)
            if profile:
                profiler.enable()
            QTimer.singleShot(int(seconds * 1000), with_log)

        def with_log() -> None:
            profiler.disable()
            kept["all views"] = timer.take()
            controller.page.layouts.reset()
            window.run("focus.logs")
            QTimer.singleShot(int(seconds * 500), finish)

        def finish() -> None:
            kept["log in front"] = timer.take()
            session = controller.session
            tell({"frames": kept, "seen": session.sequence.last, "invocations": session.totals.invocations})
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
        from tests.benchmarks.window_watch import empty

        empty()
    elif what == "paint":
        paint(rest[0])
    elif what == "engine":
        engine(rest[0])
    else:
        frames(rest[0], float(rest[1]), rest[2] if len(rest) > 2 else "")


if __name__ == "__main__":
    main()
