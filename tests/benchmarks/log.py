"""The log at a million lines: opening, any place, first hits, all hits, and what a window needs for it.

LOG_LINES makes it shorter. The journal is written as an engine writes it; a real `workbench serve` reads it, over HTTP. What was
learned: places kept with every block make opening independent of the length; the full-text index leads to a rare word in the
oldest line at once, and signatures of blocks to whatever else is rare, also one sign, since nearly all blocks are passed over
unread; what is left of a search for it is the start of its process. An expression that names no character passes over blocks
without lines of such a kind (journal/line_kinds). One that all blocks may have is tried on texts alone, before entries are made
of them, a third of the time; it takes 0.9 ms of CPU for a block, half of it for zlib, and took 1.75 while all rows of a file from
before were checked first: its hits in the oldest lines come last, and there is no means against that but a faster machine.
To inflate the next blocks in a thread meanwhile takes half as much
CPU again and saves nothing on two cores that are busy. Qt's own views keep something for each row, one of our own measures only
what is in view.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from tests.benchmarks.measures import percentile
from tests.support.engines import served
from tests.support.workspaces import WorkspaceBuilder
from workbench.client.api import EngineClient
from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal.journal import Journal
from workbench.gui.panels.log.log_panel import LogPanel
from workbench.model.engine_api import Connection
from workbench.model.log_queries import LogFilter
from workbench.state.log_book import PAGE
from workbench.state.session import Session
from workbench.workspace.state_directory import data_directory, state_directory

LINES = int(os.environ.get("LOG_LINES", "1000000"))
AT_ONCE, OF_A_REQUEST = 100, 1_000
PLACES = 200
TIMES = 3
OPENING_AIM_MS, HIT_AIM_MS = 200, 500
RARE = {"newest": LINES - OF_A_REQUEST, "middle": LINES // 2 // OF_A_REQUEST * OF_A_REQUEST, "oldest": 0}
"""Where the requests are that have what no other has."""
NOWHERE = "nowhere"
NUMBERS = {"newest": "id47993026481", "middle": "id57894412093", "oldest": "id66190753382", NOWHERE: "id78809135574"}
SIGNS = {"newest": 3, "middle": 4, "oldest": 5, NOWHERE: 6}
PAIRS = {"newest": "zq", "middle": "zx", "oldest": "zv", NOWHERE: "zw"}
SIGN = {"newest": "@", "middle": "&", "oldest": "#", NOWHERE: "~"}
LEVELS = {"newest": "warn", "middle": "error", "oldest": "fatal", NOWHERE: "fatal"}
WRITTEN_LEVELS = {"newest": "WARNING", "middle": "ERROR", "oldest": "CRITICAL"}

COMMON = {
    "a common word": LogFilter(text="paid"),
    "a common expression": LogFilter(text=r"order \d+ of", is_regex=True),
}


def _request_id(place: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, place))


def _environment_id(place: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, place).hex


SEARCHES: dict[str, Callable[[str], LogFilter]] = {
    "a word": lambda place: LogFilter(text=f"needle{place}"),
    "a part of a word": lambda place: LogFilter(text=f"edle{place[:-1]}"),
    "a part of a number": lambda place: LogFilter(text=NUMBERS[place][3:-3]),
    "an expression with letters": lambda place: LogFilter(text=rf"the \w+dle{place} in .* haystack$", is_regex=True),
    "an expression without letters": lambda place: LogFilter(text=f"^%{{{SIGNS[place]}}}$", is_regex=True),
    "an expression of classes": lambda place: LogFilter(text=rf"^[^\w\s]{{{SIGNS[place]}}}$", is_regex=True),
    "an expression that nothing rules out": lambda place: LogFilter(
        text=rf"(?<!.)(\W)\1{{{SIGNS[place] - 1}}}(?!.)", is_regex=True),
    "two letters": lambda place: LogFilter(text=PAIRS[place]),
    "a sign": lambda place: LogFilter(text=SIGN[place]),
    "a level": lambda place: LogFilter(level=LEVELS[place], function_name="Function1" if place == NOWHERE else ""),
    "a function": lambda place: LogFilter(function_name=f"Of{place.title()}"),
    "a request": lambda place: LogFilter(request_id=_request_id(place)),
    "the beginning of a request": lambda place: LogFilter(request_id=_request_id(place)[:8]),
    "an environment": lambda place: LogFilter(environment_id=_environment_id(place)),
    "a field of JSON": lambda place: LogFilter(fields=(("order.state", f"in {place}"),)),
}
"""What one place alone has, and what is nowhere."""


def _rare_lines(place: str) -> list[str]:
    return [f"the needle{place} in the haystack", f"a number {NUMBERS[place]}", "%" * SIGNS[place],
            f"{PAIRS[place]} {SIGN[place]}", f"[{WRITTEN_LEVELS[place]}] seen", f'{{"order": {{"state": "in {place}"}}}}']


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = WorkspaceBuilder(Path(folder) / "app").function("Alpha", {"app.py": "def handler(event, context): pass"}).write()
        asyncio.run(_measure(root))


async def _measure(root: Path) -> None:
    await _write(data_directory(root) / "journal.sqlite")
    with served(root, "--sandbox", "process"):
        connection = msgspec.json.decode((state_directory(root) / "engine.json").read_bytes(), type=Connection)
        async with EngineClient(connection) as client:
            await _ask(client)


async def _ask(client: EngineClient) -> None:
    await _pages(client)
    for name, wanted in SEARCHES.items():
        await _rare(client, name, wanted)
    for name, each in COMMON.items():
        first_ms, whole_s, found = await _searched(client, each)
        print(f"{name:<34}first hit {first_ms:6,.0f} ms (aim: {HIT_AIM_MS}), all of {found:,} in {whole_s:.1f} s", flush=True)
    await _file(client)
    await _window(client)


async def _write(path: Path) -> None:
    journal = Journal(path)
    stream = Stream(journal, Clock())
    await stream.open()
    begun_s = time.perf_counter()
    for begin in range(0, LINES, OF_A_REQUEST):
        _request(stream, begin)
        if begin % (20 * OF_A_REQUEST) == 0:
            await journal.written()
    await journal.close()
    taken_s = time.perf_counter() - begun_s
    print(f"{LINES:,} lines written at {LINES / taken_s:,.0f}/s, {path.stat().st_size / 1e6:.0f} MB", flush=True)


def _request(stream: Stream, begin: int) -> None:
    place = next((place for place, first in RARE.items() if first == begin), "")
    request_id = _request_id(place) if place else str(uuid.UUID(int=random.getrandbits(128), version=4))
    origin = {"function_name": f"Of{place.title()}" if place else f"Function{begin // OF_A_REQUEST % 7}",
              "environment_id": _environment_id(place) if place else f"{begin // OF_A_REQUEST % 50:032x}",
              "request_id": request_id}
    stream.publish("platform.start", {"requestId": request_id, "version": "$LATEST"}, **origin)
    for first in range(begin, begin + OF_A_REQUEST, AT_ONCE):
        lines = [f"[INFO]\t2026-11-05T10:11:12.{number % 1000:03d}Z\t{request_id}\torder {number} of {_word()} paid"
                 for number in range(first, first + AT_ONCE)]
        rare = _rare_lines(place) if place and first == begin else []
        stream.publish_lines("function", [*rare, *lines[len(rare):]], **origin)
    metrics = {"durationMs": 1.5, "billedDurationMs": 2, "memorySizeMB": 128, "maxMemoryUsedMB": 40}
    stream.publish("platform.report", {"requestId": request_id, "status": "success", "metrics": metrics}, **origin)


def _word() -> str:
    return f"{random.getrandbits(32):x}"


async def _pages(client: EngineClient) -> None:
    begun_s = time.perf_counter()
    extent = await client.log.extent()
    await client.log.page(extent.end - PAGE, PAGE)
    opening_ms = (time.perf_counter() - begun_s) * 1000
    taken_ms: list[float] = []
    for _ in range(PLACES):
        begun_s = time.perf_counter()
        await client.log.page(random.randrange(extent.first, extent.end - PAGE), PAGE)
        taken_ms.append((time.perf_counter() - begun_s) * 1000)
    print(f"the engine's newest {PAGE} of {extent.end - extent.first:,}: {opening_ms:.0f} ms; {PAGE} at any place: "
          f"{percentile(taken_ms, 0.5):.1f} ms, 99 of 100 below {percentile(taken_ms, 0.99):.1f} ms", flush=True)


async def _rare(client: EngineClient, name: str, wanted: Callable[[str], LogFilter]) -> None:
    told: list[str] = []
    for place in (*RARE, NOWHERE):
        taken = [await _searched(client, wanted(place), is_whole=place == NOWHERE) for _ in range(TIMES)]
        has_found = {found > 0 for _, _, found in taken}
        assert has_found == {place != NOWHERE}, (name, place)
        figures_ms = [whole_s * 1000 if first_ms is None else first_ms for first_ms, whole_s, _ in taken]
        told.append(f"{place} {percentile(figures_ms, 0.5):,.0f}")
    print(f"{name:<34}first hit, ms (aim: {HIT_AIM_MS}): {', '.join(told)}", flush=True)


async def _searched(client: EngineClient, wanted: LogFilter, *, is_whole: bool = True) -> tuple[float | None, float, int]:
    """Return when the first hit came in ms, if one did, when the search ended in s, and how many were found until then."""
    begun_s, first_ms, found = time.perf_counter(), None, 0
    async with contextlib.aclosing(client.log.search(wanted)) as steps:
        async for step in steps:
            assert not step.problem, step.problem
            found += len(step.found)
            if step.found and first_ms is None:
                first_ms = (time.perf_counter() - begun_s) * 1000
            if step.searched == 1 or (found and not is_whole):
                break
    return first_ms, time.perf_counter() - begun_s, found


async def _file(client: EngineClient) -> None:
    begun_s, size = time.perf_counter(), 0
    async with contextlib.aclosing(client.log.file(LogFilter(), "text")) as parts:
        async for part in parts:
            size += len(part)
    print(f"all of it as text: {size / 1e6:.0f} MB in {time.perf_counter() - begun_s:.1f} s", flush=True)


async def _window(client: EngineClient) -> None:
    """The panel alone, without a window around it: what is asked for is fetched between two measurements of its own time."""
    application = QApplication.instance() or QApplication([])
    process = psutil.Process()
    panel = LogPanel(Session())
    panel.resize(1_000, 400)
    panel.show()
    application.processEvents()
    before_mb = process.memory_info().rss / 1e6
    begun_s = time.perf_counter()
    panel.lines.take_extent(await client.log.extent())
    await _fetched(client, panel)
    panel.view.grab()
    opening_ms = (time.perf_counter() - begun_s) * 1000
    own_ms = [await _scrolled(client, panel) for _ in range(PLACES)]
    print(f"the panel: open and painted after {opening_ms:.0f} ms (aim: {OPENING_AIM_MS}); scrolled to any place, its own time "
          f"{percentile(own_ms, 0.5):.1f} ms, 99 of 100 below {percentile(own_ms, 0.99):.1f} ms; "
          f"{process.memory_info().rss / 1e6 - before_mb:+.0f} MB", flush=True)
    panel.close()


async def _scrolled(client: EngineClient, panel: LogPanel) -> float:
    """Scroll to a random place and return how long the window's thread was held, in ms."""
    begun_s = time.perf_counter()
    panel.view.verticalScrollBar().setValue(random.randrange(panel.lines.rowCount()))
    panel.view.grab()
    own_s = time.perf_counter() - begun_s
    own_s += await _fetched(client, panel)
    begun_s = time.perf_counter()
    panel.view.grab()
    return (own_s + time.perf_counter() - begun_s) * 1000


async def _fetched(client: EngineClient, panel: LogPanel) -> float:
    """Fetch what is in view and around it; return how long taking it over took."""
    own_s = 0.0
    for place in panel.lines.missing():
        entries = await client.log.page(place, PAGE)
        begun_s = time.perf_counter()
        panel.lines.take_page(place, entries)
        own_s += time.perf_counter() - begun_s
    return own_s


if __name__ == "__main__":
    main()
