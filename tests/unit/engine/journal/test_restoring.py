"""What a person forgets can be put back as it was: events, figures, marks, words, places in the log; and is nowhere meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.engine.journal.test_forgetting import SECRET, found_in_files, invocation, unpacked
from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import blocks, contents, removed, sealing
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.log_reading import LogReading
from workbench.engine.journal.removed import Removed, TooMuch
from workbench.engine.logs.engine_log import EngineLog
from workbench.model.log_queries import LogFilter
from workbench.model.past_invocations import InvocationPage, Mark, PastInvocationFilter

EVERYTHING = PastInvocationFilter()


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, contents, sealing):
        monkeypatch.setattr(module, "SEALED_BYTES", 4_000)


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[Stream]:
    stream = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await stream.open()
    yield stream
    await stream._journal.close()


async def some(stream: Stream, count: int) -> None:
    for number in range(1, count + 1):
        invocation(stream, number)
        await stream._journal.written()


async def all_of(stream: Stream) -> list[object]:
    """All that can be asked of a journal: its events, index, numbers, words, long events and the log."""
    history = InvocationHistory(stream._journal)
    log = await stream._journal.look(
        lambda contents, _: (LogReading(contents).extent(), LogReading(contents).page(0, 5_000)), None)
    texts: list[InvocationPage] = [await history.invocations(EVERYTHING, text=text, place="any", limit=1_000)
                                   for text in (SECRET, "order", f"{SECRET}event", f"{SECRET}result", f"{SECRET}init")]
    page = await history.invocations(EVERYTHING, limit=1_000, total=True)
    events = [await stream.invocation(each.request_id) for each in page.invocations]
    searched = [part async for part in EngineLog(stream._journal, stream).written(LogFilter(text=SECRET[2:-2]), "text")]
    return [await stream.page(0, 100_000), page, texts, events, log, searched,
            [await history.whole_event(each.seq) for each in page.invocations]]


@pytest.mark.parametrize(("before", "after", "meanwhile"), [(3, 0, 0), (30, 40, 0), (3, 0, 40)],
                         ids=["in rows", "in blocks", "in rows that became a block meanwhile"])
async def test_all_is_as_it_was(stream: Stream, tmp_path: Path, before: int, after: int, meanwhile: int) -> None:
    history = InvocationHistory(stream._journal)
    await some(stream, before)
    invocation(stream, 500, SECRET, start="cold")
    invocation(stream, 500, SECRET)  # another attempt of the same request
    (second, first) = (await history.invocations(EVERYTHING, limit=2)).invocations
    stream.keep_event(first.seq, f"the whole {SECRET}".encode())
    await history.mark([second.seq], Mark(is_starred=True, name=SECRET))
    await some(stream, after)
    as_it_was, taken = await all_of(stream), Removed()
    assert await history.forget([second.seq], taken) == 2
    assert found_in_files(tmp_path, SECRET) == []
    assert await history.count(EVERYTHING) == before + after
    await some(stream, meanwhile)
    assert await history.restore(taken) == 2
    if not meanwhile:
        assert await all_of(stream) == as_it_was
    page = await history.invocations(EVERYTHING, limit=1_000, total=True)
    assert page.total == len(page.invocations) == before + 2 + after + meanwhile
    assert (await history.one(second.seq)) == (await history.some([second.seq, 10**9]))[0]
    assert [each.seq for each in (await history.invocations(EVERYTHING, text=f"{SECRET}event", place="any")).invocations] == [
        second.seq, first.seq]
    assert await history.whole_event(first.seq) == f"the whole {SECRET}".encode()
    assert await history.restore(taken) == 0  # not a second time
    assert (await history.invocations(EVERYTHING, limit=1_000, total=True)).total == page.total
    # Forgotten again, it is as gone as before.
    assert await history.forget([first.seq]) == 2
    await stream._journal.close()
    assert found_in_files(tmp_path, SECRET) == []
    assert SECRET.encode() not in unpacked(tmp_path / "j.sqlite")


async def test_what_was_pruned_meanwhile_stays_away(stream: Stream) -> None:
    history, taken = InvocationHistory(stream._journal), Removed()
    await some(stream, 30)
    oldest = (await history.invocations(EVERYTHING, limit=100)).invocations[-1]
    assert await history.forget([oldest.seq], taken) == 1
    await stream._journal.change(lambda index: index._database.execute(  # as the bound of the journal does it
        "DELETE FROM blocks WHERE seq = (SELECT min(seq) FROM blocks)"))
    as_it_was = await all_of(stream)
    assert await history.restore(taken) == 0
    assert await all_of(stream) == as_it_was


async def test_what_is_too_much_is_not_deleted(stream: Stream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = InvocationHistory(stream._journal)
    await some(stream, 30)
    as_it_was = await all_of(stream)
    monkeypatch.setattr(removed, "MOST_REMOVED_BYTES", 5_000)
    page = await history.invocations(EVERYTHING, limit=100)
    with pytest.raises(TooMuch):
        await history.forget([each.seq for each in page.invocations], Removed())
    assert await all_of(stream) == as_it_was
    await stream._journal.close()
    with sqlite3.connect(tmp_path / "j.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
