"""A journal whose file is kept by a process of its own under load: nobody can tell, whatever is asked, and whatever ends."""

from __future__ import annotations

import ast
import asyncio
import os
import random
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import workbench.engine
from tests.support.descendants import children_that_run
from workbench.engine.clock import Clock
from workbench.engine.events.facts import Answered, Assigned, Origin, Reported, Started
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.start_figures import NO_START
from workbench.engine.journal import traffic
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.moved_program import NICENESS
from workbench.engine.journal.moved_store import MovedStore
from workbench.engine.journal.rows import NEWEST
from workbench.engine.journal.traffic import Traffic
from workbench.engine.logs.engine_log import EngineLog
from workbench.model.function import Logging
from workbench.model.log_queries import LogFilter
from workbench.model.past_invocations import Mark, PastInvocationFilter, Retention

ENGINE = Path(workbench.engine.__file__).parent
IS_MUCH = Traffic.is_much
"""As it is; a fixture has every test of the engine's rooms begin with a journal that stays."""


class Pair:
    """A journal that stays in this process, and one that moves, with the same events."""

    def __init__(self, folder: Path) -> None:
        self.staying, self.moving = Journal(folder / "staying.sqlite"), Journal(folder / "moving.sqlite")
        self.stream = Stream(self.staying, Clock())
        self.requests: list[tuple[Origin, str]] = []
        self.environments = [f"e{number}" for number in range(3)]

    async def open(self) -> None:
        await self.stream.open()
        await self.moving.open()
        self.staying._traffic.is_much = False  # type: ignore[misc]
        kept = self.staying.append
        self.staying.append = lambda entry: (kept(entry), self.moving.append(entry))  # type: ignore[method-assign,assignment,func-returns-value]

    async def close(self) -> None:
        await self.staying.close()
        await self.moving.close()

    async def agree(self, asked: Callable[[Journal], Any]) -> Any:
        """Ask both the same, and return the answer."""
        staying, moving = await asked(self.staying), await asked(self.moving)
        assert staying == moving
        return staying

    def invoke(self, chance: random.Random) -> None:
        request_id = str(uuid.UUID(int=chance.getrandbits(128)))
        where = {"function_name": chance.choice("FG"), "environment_id": chance.choice(self.environments)}
        origin = Origin(where["function_name"], where["environment_id"], "$LATEST", 128, Logging(), "both")
        self.requests.append((origin, request_id))
        start = chance.choice(("cold", "warm"))
        if start == "cold":
            self.stream.publish("sandbox.creating", {}, **where)
        at_ns = 10**9 * self.stream.seq
        known = origin, 0, at_ns, request_id, ""
        self.stream.tell(Assigned(*known, "{}", 2, start, at_ns, "process", False, "", "", "", "d"))
        self.stream.tell(Started(*known, "Root=1"))
        lines = [f"line {number} says {chance.choice(('apple', 'pear'))}" for number in range(chance.randrange(40))]
        self.stream.publish_lines("function", lines, request_id=request_id, **where)

    def report(self, chance: random.Random) -> None:
        origin, request_id = self.requests[-1 - chance.randrange(min(len(self.requests), 5))]
        known = origin, 0, 10**9 * self.stream.seq, request_id, ""
        self.stream.tell(Answered(*known, '"apple"', 7, "", False))
        self.stream.tell(Reported(*known, chance.choice(("success", "error")), "", 0, 2_500_000, NO_START, 40, 0))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first write is much."""
    monkeypatch.setattr(Traffic, "is_much", True)


def come_back(journal: Journal) -> None:
    """Take the file back, in the journal's thread."""
    if isinstance(journal._store, MovedStore):
        journal._store = journal._store.back()


@pytest.mark.parametrize("seed", [1, 2])
async def test_whoever_keeps_the_file_the_answers_are_the_same(tmp_path: Path, at_once: None, seed: int) -> None:
    chance, pair = random.Random(seed), Pair(tmp_path)
    await pair.open()
    pair.invoke(chance)
    await pair.agree(Journal.written)
    pid = pair.moving.process_id
    assert pid != 0
    for step in range(60):
        if step in (20, 40):
            await pair.moving._in_thread(lambda: come_back(pair.moving))
            assert pair.moving.process_id == 0
        (pair.invoke if chance.random() < 0.7 else pair.report)(chance)
        await chance.choice(QUESTIONS)(pair, chance)
    assert pair.moving.process_id not in (0, pid)
    assert pair.staying.process_id == 0
    await pair.agree(lambda journal: journal.read(0, 10_000))
    await pair.close()
    assert not children_that_run("moved_program")


async def _read(pair: Pair, chance: random.Random) -> None:
    since = chance.randrange(pair.stream.seq)
    await pair.agree(lambda journal: journal.read(since, 30))


async def _rows(pair: Pair, chance: random.Random) -> None:
    request_id, environment_id = chance.choice(pair.requests)[1], chance.choice(pair.environments)
    assert await pair.agree(lambda journal: journal.of_request(request_id)) is not None
    await pair.agree(lambda journal: journal.of_environment(environment_id, NEWEST))
    await pair.agree(Journal.lost_environments)


async def _history(pair: Pair, chance: random.Random) -> None:
    wanted = PastInvocationFilter(function_name=chance.choice(("", "F")), status=chance.choice(("", "error")))
    text = chance.choice(("", "apple", "plum"))
    await pair.agree(lambda journal: InvocationHistory(journal).invocations(wanted, text=text, limit=7))
    await pair.agree(lambda journal: InvocationHistory(journal).count(wanted))
    await pair.agree(lambda journal: InvocationHistory(journal).lines("pear", limit=9))


async def _marked(pair: Pair, chance: random.Random) -> None:
    found = await pair.agree(lambda journal: InvocationHistory(journal).invocations(PastInvocationFilter(), limit=5))
    seqs = [each.seq for each in found.invocations[:2]]
    assert await pair.agree(lambda journal: InvocationHistory(journal).mark(seqs, Mark(is_starred=True))) == len(seqs)
    await pair.agree(lambda journal: InvocationHistory(journal).one(seqs[0]))
    if chance.random() < 0.3:
        assert await pair.agree(lambda journal: InvocationHistory(journal).forget(seqs)) == len(seqs)


async def _log(pair: Pair, chance: random.Random) -> None:
    place = chance.randrange(50)
    extent = await pair.agree(lambda journal: EngineLog(journal, pair.stream).extent())
    await pair.agree(lambda journal: EngineLog(journal, pair.stream).page(place, 20))
    await pair.agree(lambda journal: EngineLog(journal, pair.stream).picked([extent.seq, 3]))
    wanted = LogFilter(text=chance.choice(("pple", "plum")))

    async def written(journal: Journal) -> list[bytes | str]:
        return [part async for part in EngineLog(journal, pair.stream).written(wanted, "text")]

    if chance.random() < 0.2:  # each search starts a process
        assert any(await pair.agree(written)) == (wanted.text == "pple")


async def _kept(pair: Pair, chance: random.Random) -> None:
    await pair.agree(lambda journal: journal.keep(Retention(days=chance.randrange(30, 90))))
    await pair.agree(Journal.prune)
    await pair.agree(Journal.shrink)
    assert pair.moving.limit_bytes == pair.staying.limit_bytes


QUESTIONS = (_read, _rows, _history, _marked, _log, _kept)


async def test_a_process_that_is_killed_takes_nothing_along(
    tmp_path: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    for seq in range(1, 200):
        journal.append((seq, "r", "e", b'{"seq":%d}' % seq))
        await journal.written()
        if seq in (50, 100):
            monkeypatch.setattr(Traffic, "is_much", seq < 100)  # it moves again, but the last time
            assert journal.process_id  # 0 would be this test's own group
            os.kill(journal.process_id, signal.SIGKILL)
    assert journal.process_id == 0
    assert [row[0] for row in await journal.read(0, 1_000)] == list(range(1, 200))
    assert journal.problem == ""
    await journal.close()


async def test_what_a_killed_process_had_written_is_not_written_twice(tmp_path: Path, at_once: None) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    journal.append((1, "r", "e", b'{"seq":1}'))
    await journal.written()
    store = journal._store
    assert isinstance(store, MovedStore)

    def write() -> None:  # in one piece: the next batch may be due meanwhile
        store._told("write", [(2, "r", "e", b'{"seq":2}')])  # and nobody says so
        psutil.Process(store.pid).kill()
        store.write([(2, "r", "e", b'{"seq":2}'), (3, "r", "e", b'{"seq":3}')])

    await journal._in_thread(write)
    assert [row[0] for row in await journal.read(0, 10)] == [1, 2, 3]
    await journal.close()


async def test_events_that_a_killed_process_was_to_make_are_made_here_once(tmp_path: Path, at_once: None) -> None:
    """Two events that are one entry: written by the process both, or none."""
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    known = Origin("F", "e", "$LATEST", 128, Logging(), "both"), 0, 10**9, "r", ""
    first, second = (Assigned(*known, "{}", 2, "warm", 0, "process", False, "", "", "", "") for _ in range(2))
    journal.append((2, "", "", first))
    await journal.written()
    store = journal._store
    assert isinstance(store, MovedStore)

    def write() -> None:
        store._told("write", [(4, "", "", second)])
        psutil.Process(store.pid).kill()
        store.write([(4, "", "", second), (5, "", "", Started(*known, "Root=1"))])

    await journal._in_thread(write)
    assert [row[0] for row in await journal.read(0, 10)] == [1, 2, 3, 4, 5]
    assert len(await journal.of_request("r")) == 5
    await journal.close()


async def test_it_comes_back_when_there_is_little_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: None
) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    journal.append((1, "r", "e", b'{"seq":1}'))
    await journal.written()
    assert journal.process_id
    await journal.settle()  # it is not known yet
    assert journal.process_id
    monkeypatch.setattr(traffic, "LITTLE_BYTES_PER_S", 1 << 40)
    monkeypatch.setattr(traffic, "SPAN_S", 0.000_001)
    await journal.settle()
    assert not journal.process_id
    assert [row[0] for row in await journal.read(0, 10)] == [1]
    await journal.close()


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"], ids=["it ends at once", "it cannot be started"])
async def test_one_that_does_not_start_leaves_the_file_where_it_is(
    tmp_path: Path, at_once: None, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    for seq in (1, 2):
        journal.append((seq, "r", "e", b'{"seq":%d}' % seq))
        await journal.written()
    assert (journal.process_id, journal.problem) == (0, "")
    assert [row[0] for row in await journal.read(0, 10)] == [1, 2]
    await journal.close()


@pytest.mark.skipif(sys.platform != "linux", reason="sessions share the cores on Linux")
async def test_it_gives_way_to_the_engine_whose_session_it_shares(tmp_path: Path, at_once: None) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    journal.append((1, "r", "e", b'{"seq":1}'))
    await journal.written()
    pid = journal.process_id
    assert psutil.Process(pid).nice() == min(psutil.Process().nice() + NICENESS, 19)
    assert os.getsid(pid) == os.getsid(0), "in a session of its own, its priority would count for nothing beside the engine"
    assert os.getpgid(pid) == pid, "Ctrl+C in the engine's terminal is not for it"
    await journal.close()


@pytest.mark.skipif(sys.platform != "linux", reason="which libraries a process has loaded is told by Linux's /proc")
async def test_it_has_numpy_for_its_signatures(tmp_path: Path, at_once: None) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    journal.append((1, "r", "e", b'{"seq":1}'))
    await journal.written()
    assert "numpy" in Path(f"/proc/{journal.process_id}/maps").read_text()
    await journal.close()


async def test_one_that_is_asked_while_it_closes_does_not_move_again(tmp_path: Path, at_once: None) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    await journal.open()
    journal.append((1, "r", "e", b'{"seq":1}'))
    await journal.written()
    closing = asyncio.create_task(journal.close())
    await asyncio.sleep(0)
    await asyncio.gather(closing, journal.written())
    assert not children_that_run("moved_program")


DIES = """
import asyncio, os, sys
from pathlib import Path
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.traffic import Traffic

Traffic.is_much = True

async def main():
    journal = Journal(Path(sys.argv[1]))
    await journal.open()
    for seq in range(1, 500):
        journal.append((seq, "r", "e", b'{"seq":%d,"record":"%s"}' % (seq, b"x" * 5_000)))
        await journal.written()
    print(journal.process_id, flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


async def test_the_process_of_an_engine_that_is_killed_ends_and_leaves_the_file_to_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DIES, str(tmp_path / "j.sqlite")]
    died = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL
    assert int(died.stdout) > 0
    journal = Journal(tmp_path / "j.sqlite")
    assert await journal.open() == 499
    assert not journal.is_taken
    await journal.close()


def test_a_burst_is_not_much_and_a_flood_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Traffic, "is_much", IS_MUCH)
    now_s = 0.0
    noted = Traffic(lambda: now_s)
    noted.note(50 << 20)
    now_s = 2.5
    assert (noted.is_much, noted.is_little) == (False, True)
    for _ in range(10):
        noted.note(300_000)
        now_s += 0.2
    assert (noted.is_much, noted.is_little) == (True, False)
    noted.begin()
    assert (noted.is_much, noted.is_little) == (False, False)
    now_s += 3
    assert noted.is_little


def test_what_the_journal_is_asked_can_be_asked_of_another_process() -> None:
    """A lambda cannot, and would fail under load alone."""
    asked = [
        f"{path.relative_to(ENGINE)}:{node.lineno}"
        for path in ENGINE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "journal" in ast.unparse(node.func.value)
        and node.func.attr in ("look", "change") and any(isinstance(each, ast.Lambda) for each in node.args)]
    assert asked == []
