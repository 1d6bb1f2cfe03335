"""A history of a million invocations in the window's panel: opening, filtering, scrolling, memory, and how long the window
waits.

The journal is written in its own way, by its own code; then an engine serves it in a process of its own, and this process has
what the window has of it: the connection, the stream's end, the panel with its model, offscreen. Opening is until the first
rows are there; filtering until the first hits are, and until all was looked at; scrolling until the rows at the place are
there, with nothing of them in memory before. Memory is what this process takes more with the panel filled and scrolled
through. The longest wait is of the loop that paints. What was learned: opening takes this process 0.1 s of CPU, half of it for
what Qt's enumerations take when they are first used. Of a text, signatures of blocks are read at 5 µs each and asked at 2; with a
statement for each, and the table of blocks beside, it was 20.

HISTORY_INVOCATIONS makes it shorter. HISTORY_JOURNAL names a file that is used in place of a new one, or written if it is not
there. Aims: opens under 200 ms, filters under 500 ms.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtWidgets import QApplication

from tests.benchmarks.journal import SIGNS, batches, written
from tests.support.engines import served
from tests.support.workspaces import one_function
from workbench.engine.journal.journal import Journal
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.panels.history.history_panel import HistoryPanel
from workbench.gui.workspace.history_reader import HistoryReader
from workbench.state.session import Session
from workbench.workspace.state_directory import data_directory, state_directory

INVOCATIONS = int(os.environ.get("HISTORY_INVOCATIONS", "1000000"))
KEPT = os.environ.get("HISTORY_JOURNAL", "")
PATIENCE_S = 120
FIRST_MS = 1_795_992_354_370
EARLY = datetime.fromtimestamp(FIRST_MS / 1_000 + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
"""Only the oldest thousandth of them was received before."""
QUERIES = (
    ("a function", "function:Function"), ("failed ones (none)", "is:failed"), ("cold ones (none)", "is:cold"),
    ("by duration, common", "duration>0.5"), ("by duration (none)", "duration>1000000"), ("by cost (none)", "cost>1"),
    ("by cost, the cheapest (none)", "cost<0.0000001"), ("by trigger (none)", "trigger:url"), ("by alias (none)", "alias:live"),
    ("by memory and trigger (none)", "memory>5 trigger:url"), ("by sandbox (none)", "sandbox:docker"),
    ("by error (none)", "error:ValueError"), ("by a duration that few have", "duration:0.30000..0.30001"),
    ("the oldest, by duration", f"duration>0.1 until:{EARLY}"), ("the oldest, by time", f"until:{EARLY}"),
    ("by request id (none)", "id:ffffffff-ffff"), ("starred (none)", "is:starred"), ("named (none)", "name:slow"),
    ("a common word, of failed ones (none)", "paid is:failed"), ("a common word, by cost (none)", "paid cost>1"),
    ("a word of a log in the middle", f"log:{INVOCATIONS // 2}"),
    ("signs that the oldest alone has", f"log:{SIGNS}"), ("signs that are nowhere", "log:=>=>"),
    ("a common word, in the oldest result", "result:paid"), ("a common word, in events (none)", "event:paid"),
    ("a word anywhere, common", "paid"), ("a word that is nowhere", "nowhere"))


def main() -> None:
    application = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        root = one_function(Path(folder) / "w", "def handler(event, context): return 1\n")
        _have_journal(data_directory(root) / "journal.sqlite")
        with served(root, "--sandbox", "process"):
            loop = qasync.QEventLoop(application)
            with loop:
                loop.run_until_complete(_measure(root))


def _have_journal(path: Path) -> None:
    """Write a journal, or take the one that is named."""
    kept = Path(KEPT) if KEPT else None
    if kept is None or not kept.exists():
        asyncio.run(_write(path))
        if kept is not None:
            shutil.copy(path, kept)
    else:
        shutil.copy(kept, path)
    print(f"{path.stat().st_size / INVOCATIONS:.0f} bytes for an invocation on the disk (aim: 600)", flush=True)


async def _write(path: Path) -> None:
    journal = Journal(path)
    await journal.open()
    await written(journal, batches(INVOCATIONS))
    await journal.close()


async def _measure(root: Path) -> None:
    session, process = Session(), psutil.Process()
    link = EngineLink(root, state_directory(root), session, _raise)
    link.start()
    await link.ready()
    await _until(lambda: link.state.phase == "running")
    await asyncio.sleep(2)  # what the journal's last events fill of the session is not the panel's
    before_bytes = process.memory_info().rss
    stalls_s: list[float] = []
    watching = asyncio.ensure_future(_watch(stalls_s))
    begun_s, cpu_s = time.perf_counter(), time.process_time()
    panel = HistoryPanel()
    reader = HistoryReader(link, panel, _raise)
    panel.resize(260, 800)
    panel.show()
    reader.refresh()
    await _until(lambda: panel.model.rowCount() >= 0.99 * INVOCATIONS and panel.model.past(0) is not None)
    panel.grab()
    cpu_ms = (time.process_time() - cpu_s) * 1000
    _tell("opens", begun_s, f"{panel.model.rowCount():,} rows, {cpu_ms:.0f} ms of this process's CPU (aim: 200 ms)")
    await _scroll(panel)
    for name, query in QUERIES:
        await _filter(panel, name, query)
    watching.cancel()
    taken_mb = (process.memory_info().rss - before_bytes) / 1e6
    print(f"memory: {taken_mb:.0f} MB more, {process.memory_info().rss / 1e6:.0f} MB in all (aim for the window: 250 MB); "
          f"longest wait of the window {max(stalls_s) * 1000:.0f} ms (aim: 100 ms)", flush=True)
    await reader.close()
    await link.close()
    panel.deleteLater()


async def _scroll(panel: HistoryPanel) -> None:
    bar = panel.list.verticalScrollBar()
    for name, share in (("to the middle", 0.5), ("a page on", 0.5), ("to the end", 1.0), ("to a third", 0.33)):
        begun_s = time.perf_counter()
        bar.setValue(round(bar.maximum() * share) + (700 if name == "a page on" else 0))
        await _until(lambda: panel.model.missing(*panel.visible_rows()) < 0)
        panel.grab()
        _tell(f"scrolls {name}", begun_s)
    bar.setValue(0)


async def _filter(panel: HistoryPanel, name: str, query: str) -> None:
    panel.filter.show_state("")
    begun_s = time.perf_counter()
    panel.filter.set_query(query)
    state = panel.filter.state
    await _until(lambda: "found" in state.text() or "no such" in state.text())
    first_ms = (time.perf_counter() - begun_s) * 1000
    await _until(lambda: "so far" not in state.text() or panel.model.rowCount() > 60)
    panel.grab()
    _tell(f"filters {name}", begun_s, f"first word after {first_ms:.0f} ms; {state.text()} (aim: 500 ms)")
    panel.filter.set_query("")
    await _until(lambda: panel.model.rowCount() >= 0.99 * INVOCATIONS)


def _tell(what: str, begun_s: float, more: str = "") -> None:
    print(f"{what:<42}{(time.perf_counter() - begun_s) * 1000:8.1f} ms   {more}", flush=True)


async def _until(state: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not state():  # noqa: ASYNC110  (states of widgets, which have no asyncio event)
            await asyncio.sleep(0.002)


async def _watch(stalls_s: list[float]) -> None:
    while True:
        begun_s = time.perf_counter()
        await asyncio.sleep(0.005)
        stalls_s.append(time.perf_counter() - begun_s - 0.005)


def _raise(error: BaseException) -> None:
    raise error


if __name__ == "__main__":
    main()
