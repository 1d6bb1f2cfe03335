"""The window's memory with a history of a million invocations, a log of a million lines and the timeline open.

The journal is written in its own way; each of its invocations logs a line. Then the real window opens the workspace, as its
command does, with its engine as a child: timeline, log, result and history beside each other in a window of 1,920 x 1,080,
history and log scrolled to many places, the timeline zoomed out to everything that the window knows. Told is what the window's
process takes (resident; own: without what it shares with others, as Qt's libraries may be) and the longest turn of its thread.

WINDOW_INVOCATIONS makes it shorter. WINDOW_JOURNAL names a file that is used in place of a new journal, or written if it is not
there. Aim: 250 MB resident.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.window import surroundings
from tests.support.workspaces import one_function

if TYPE_CHECKING:
    from tests.benchmarks.window_watch import Frames
    from workbench.gui.shell.main_window import MainWindow

INVOCATIONS = int(os.environ.get("WINDOW_INVOCATIONS", "1000000"))
KEPT = os.environ.get("WINDOW_JOURNAL", "")
PLACES = 100
PATIENCE_S = 120


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = one_function(folder / "app", "def handler(event, context): return 1\n")
        _have_journal(root)
        watched = [sys.executable, "-m", "tests.benchmarks.window_memory", str(root)]
        for output in (subprocess.DEVNULL, None):  # the first time, modules are compiled
            subprocess.run(watched, env=surroundings(folder), stdout=output, check=True)


def _have_journal(root: Path) -> None:
    """Write a journal, or take the one that is named."""
    from workbench.workspace.state_directory import data_directory

    path, kept = data_directory(root) / "journal.sqlite", Path(KEPT) if KEPT else None
    if kept is None or not kept.exists():
        asyncio.run(_write(path))
        if kept is not None:
            shutil.copy(path, kept)
    else:
        shutil.copy(kept, path)


async def _write(path: Path) -> None:
    from tests.benchmarks.journal import batches, written
    from workbench.engine.journal.journal import Journal

    journal = Journal(path)
    await journal.open()
    await written(journal, batches(INVOCATIONS))
    await journal.close()


def watch(workspace: str) -> None:
    """Run the window, and look at everything in it."""
    from tests.benchmarks.window_probe import run_window
    from tests.benchmarks.window_watch import Frames

    tasks: list[asyncio.Task[None]] = []

    def opened(window: MainWindow) -> None:
        controller = window.workspace
        assert controller is not None
        frames = Frames(window)
        controller.completed.connect(lambda: tasks.append(asyncio.ensure_future(_look_around(window, frames))))

    run_window(workspace, opened)


async def _look_around(window: MainWindow, frames: Frames) -> None:
    from PySide6.QtCore import QSize

    from tests.benchmarks.window_probe import LARGE
    from tests.benchmarks.window_watch import show_all

    assert window.workspace is not None
    panels = window.workspace.panels
    await _until(lambda: window.workspace is not None and window.workspace.link.state.phase == "running")
    _tell("as it opens", frames)
    window.resize(QSize(*LARGE))
    show_all(window)
    history, log = panels.history.panel, panels.logs.panel
    await _until(lambda: history.model.rowCount() >= 0.99 * INVOCATIONS and history.model.past(0) is not None)
    await _until(lambda: log.lines.rowCount() >= 0.99 * INVOCATIONS and not log.lines.missing())
    await asyncio.sleep(2)  # the journal's last events come
    _tell("timeline, log and history open", frames)
    panels.timeline.panel.plot.show_all()
    for number in range(PLACES):
        for bar in (history.list.verticalScrollBar(), log.view.verticalScrollBar()):
            bar.setValue(bar.maximum() * number // PLACES)
        await _until(lambda: history.model.missing(*history.visible_rows()) < 0 and not log.lines.missing())
    _tell(f"scrolled to {PLACES} places", frames)
    window.close()


async def _until(state: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not state():  # noqa: ASYNC110  (states of widgets, which have no asyncio event)
            await asyncio.sleep(0.005)


def _tell(what: str, frames: Frames) -> None:
    import psutil

    taken = psutil.Process().memory_full_info()
    print(f"{what:<34}{taken.rss / 1e6:6.0f} MB resident (aim: 250), {taken.uss / 1e6:.0f} own; longest turn "
          f"{max(frames.take()[1], default=0.0):.0f} ms of processor time (aim: 100)", flush=True)


if __name__ == "__main__":
    watch(sys.argv[1]) if len(sys.argv) > 1 else main()
