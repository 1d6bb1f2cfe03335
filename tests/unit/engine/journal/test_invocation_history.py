"""What callers ask of the journal: filters, counts, texts, and pages that neither lack nor repeat anything."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.read_blocks import note_read_blocks
from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import blocks, contents, extremes, invocation_history, past_reading, sealing, searching
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.rows import NEWEST
from workbench.model.failures import CANCELED
from workbench.model.past_invocations import PastInvocationFilter, Place


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, contents, sealing):
        monkeypatch.setattr(module, "SEALED_BYTES", 4_000)


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[Stream]:
    journal = Journal(tmp_path / "j.sqlite")
    stream = Stream(journal, Clock())
    await stream.open()
    yield stream
    await journal.close()


def _begin(stream: Stream, number: int, *, function: str = "F", version: str = "$LATEST", start: str = "warm") -> str:
    request_id = str(uuid.UUID(int=number))
    record = {"requestId": request_id, "start": start, "receivedMs": 1_000.0 * number, "sandbox": "process"}
    stream.publish("sandbox.assigned", record, function_name=function, environment_id="e", request_id=request_id)
    stream.publish("platform.start", {"requestId": request_id, "version": version}, function_name=function, request_id=request_id)
    return request_id


def _log(stream: Stream, request_id: str, *lines: str, function: str = "F") -> None:
    stream.publish_lines("function", lines, function_name=function, environment_id="e", request_id=request_id)


def _end(stream: Stream, request_id: str, *, status: str = "success", error: str = "") -> None:
    metrics = {"durationMs": 2.5, "billedDurationMs": 3, "memorySizeMB": 128, "maxMemoryUsedMB": 40}
    record: dict[str, Any] = {"requestId": request_id, "status": status, "metrics": metrics}
    stream.publish("platform.report", record | ({"errorType": error} if error else {}), request_id=request_id)


async def _ids(stream: Stream, text: str = "", limit: int = 1_000, **wanted: Any) -> list[int]:
    """Return the numbers of invocations, asked for page by page."""
    history, found, before = InvocationHistory(stream._journal), [], NEWEST
    while True:
        page = await history.invocations(PastInvocationFilter(**wanted), text=text, before=before, limit=limit)
        assert len(page.invocations) <= limit
        found += [uuid.UUID(each.request_id).int for each in page.invocations]
        if page.next is None:
            return found
        assert page.next < before
        before = page.next


@pytest.fixture(params=[(2, 1), (4, 100), (13, 10)], ids=["short stretches", "longer ones", "one stretch"])
def _stretches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many events' extremes are noted together, and in how many windows it is counted."""
    bits, few = request.param
    monkeypatch.setattr(extremes, "STRETCH_BITS", bits)
    monkeypatch.setattr(extremes, "_AT_ONCE", 2)
    monkeypatch.setattr(past_reading, "_FEW_WINDOWS", few)


@pytest.mark.usefixtures("_stretches")
async def test_filters_alone_and_together(stream: Stream) -> None:
    for number in range(1, 61):
        start = "cold" if number < 4 else "warm"
        request_id = _begin(stream, number, function="FG"[number % 2], version="12$"[number % 3], start=start)
        if number % 10:
            _end(stream, request_id, status="error" if number % 7 == 0 else "success", error="Boom" if number % 7 == 0 else "")
    everything = range(60, 0, -1)
    expected: list[tuple[dict[str, Any], list[int]]] = [
        ({}, list(everything)),
        ({"function_name": "G"}, [each for each in everything if each % 2]),
        ({"version": "2"}, [each for each in everything if each % 3 == 1]),
        ({"status": "error"}, [each for each in everything if each % 7 == 0 and each % 10]),
        ({"status": "unfinished"}, [each for each in everything if each % 10 == 0]),
        ({"start": "cold"}, [3, 2, 1]),
        ({"start": "warm", "function_name": "G"}, [each for each in everything if each > 3 and each % 2]),
        ({"since_ms": 20_000, "until_ms": 23_000}, [22, 21, 20]),
        ({"since_ms": 0, "status": "error", "function_name": "F", "version": "1"}, [42]),
        ({"function_name": "Other"}, [])]
    for wanted, ids in expected:
        assert await _ids(stream, **wanted) == await _ids(stream, limit=2, **wanted) == ids, wanted
        assert await InvocationHistory(stream._journal).count(PastInvocationFilter(**wanted)) == len(ids)


@pytest.mark.parametrize("limit", [1, 3, 1_000])
async def test_invocations_that_logged_a_text_come_once_each(stream: Stream, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that logged it over many blocks, and whose last line is on another page than their first."""
    monkeypatch.setattr(searching, "STRETCH_S", 0)
    long = [_begin(stream, number) for number in (1001, 1002)]
    for number in range(1, 61):
        request_id = _begin(stream, number, function="FG"[number % 2])
        _log(stream, request_id, f"order {number}", "paid" if number % 3 == 0 else "open", "x" * 200, function="FG"[number % 2])
        if number % 20 == 5:
            _log(stream, long[0], "still to be PAID")
        _end(stream, request_id)
        if number % 7 == 0:
            await stream._journal.written()
    _log(stream, long[1], "paid at last")
    paid = [each for each in range(60, 0, -1) if each % 3 == 0]
    assert await _ids(stream, "paid", limit) == [1002, *paid[:5], 1001, *paid[5:]]
    assert await _ids(stream, "paid", limit, function_name="F") == [
        1002, *(each for each in paid[:5] if each % 2 == 0), 1001, *(each for each in paid[5:] if each % 2 == 0)]
    assert await _ids(stream, "order 17", limit) == [17]
    assert await _ids(stream, "nowhere", limit) == []


SAYINGS = ("order =>", "a%%%b", "%% off", "zq #", "注文", "Straße", "[x]", "y", '{"n": 1}', "paid")
PLACES: tuple[Place, ...] = ("log", "event", "result", "any")


async def _said(stream: Stream) -> dict[int, dict[str, str]]:
    """Have invocations that say something each in their events, lines and results; return what."""
    said: dict[int, dict[str, str]] = {}
    chance = random.Random(13)
    for number in range(1, 91):
        request_id = _begin(stream, number)
        said[number] = {place: chance.choice(SAYINGS) if chance.random() < 0.1 else "paid" for place in PLACES[:3]}
        for kind in ("event", "log", "result"):
            if kind == "log":
                _log(stream, request_id, said[number][kind], "x" * 300)
            else:
                record = {"requestId": request_id, "kind": kind, "text": said[number][kind], "sizeBytes": 1}
                stream.publish("sandbox.payload", record, function_name="F", request_id=request_id)
        _end(stream, request_id)
        await stream._journal.written()
    return said


async def _ids_with(stream: Stream, text: str, place: Place, limit: int) -> list[int]:
    history, found, before = InvocationHistory(stream._journal), list[int](), NEWEST
    while True:
        page = await history.invocations(PastInvocationFilter(), text=text, place=place, before=before, limit=limit)
        found += [uuid.UUID(each.request_id).int for each in page.invocations]
        if page.next is None:
            return found
        before = page.next


@pytest.mark.parametrize(("limit", "stretch_s"), [(1, 0), (1_000, 0), (1_000, 10)])
async def test_texts_of_all_kinds_are_found_in_their_places(
    stream: Stream, limit: int, stretch_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a plain look at everything finds them, whatever tells which blocks need not be read."""
    monkeypatch.setattr(searching, "STRETCH_S", stretch_s)
    said = await _said(stream)
    for text in (*SAYINGS, "%", "%%", "=>", "#", "@", "straße", "注", "zq", '"', "of", "REQUESTID", "paid %"):
        for place in PLACES:
            places = PLACES[:3] if place == "any" else (place,)
            expected = [number for number, texts in sorted(said.items(), reverse=True)
                        if any(text.casefold() in texts[each].casefold() for each in places)]
            assert await _ids_with(stream, text, place, limit) == expected, (text, place)


async def test_blocks_without_a_text_in_its_place_are_not_read(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    said = await _said(stream)
    read = note_read_blocks(monkeypatch)
    for text, place in (("=>=>", "any"), ("%%%%", "log"), ("注文中", "log"), ("@", "event"), ("refused", "result")):
        read.clear()
        assert await _ids_with(stream, text, place, 1_000) == []
        assert read == []
    of_results = sum(texts["result"] == "zq #" for texts in said.values())
    for text in ("zq", "#"):
        read.clear()
        assert len(await _ids_with(stream, text, "result", 1_000)) == of_results > 0
        assert 0 < len(read) <= of_results


async def test_rows_that_no_engine_has_written_are_not_found(stream: Stream, tmp_path: Path) -> None:
    """In a file that came with a clone, from which another engine goes on."""
    for number in range(1, 40):
        request_id = _begin(stream, number)
        _log(stream, request_id, "needle", "x" * 300)
        _end(stream, request_id)
        await stream._journal.written()
    await stream._journal.close()
    with sqlite3.connect(tmp_path / "j.sqlite") as database:
        for data, first, last in database.execute("SELECT data, first_seq, seq FROM blocks ORDER BY seq").fetchall()[:-1]:
            rows = [(*row[:3], row[3].replace(b'"record":"', b'"record":"needle" odd "'))
                    for row in blocks.unpack(data, first, last)]
            database.execute("UPDATE blocks SET data = ? WHERE seq = ?", (blocks.pack(rows), last))
    database.close()
    again = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await again.open()
    found = await _ids(again, "needle"), await _ids(again, "odd")
    await again._journal.close()
    assert 0 < len(found[0]) < 30
    assert found[1] == []


@pytest.mark.parametrize("limit", [1, 7, 1_000])
async def test_pages_of_lines_neither_lack_nor_repeat_one(stream: Stream, limit: int) -> None:
    for number in range(40):
        _log(stream, "r", *(f"line {number} {each}" for each in range(5)), function="FG"[number % 2])
        if number % 9 == 0:
            await stream._journal.written()
    history = InvocationHistory(stream._journal)
    for text, function, expected in (
            ("line", "", [(number, each) for number in range(40) for each in range(5)]),
            ("", "", [(number, each) for number in range(40) for each in range(5)]),
            ("LINE 3", "G", [(number, each) for number in (3, 31, 33, 35, 37, 39) for each in range(5)])):
        found: list[str] = []
        before: int | None = NEWEST
        while before is not None:
            page = await history.lines(text, function_name=function, before=before, limit=limit)
            found += [line.text for line in page.lines]
            before = page.next
        assert found[::-1] == [f"line {number} {each}" for number, each in expected], text


async def test_a_search_that_takes_long_says_where_to_go_on(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "STRETCH_S", 0)
    monkeypatch.setattr(invocation_history, "SEARCH_LIMIT_S", 0)
    for number in range(1, 61):
        _log(stream, _begin(stream, number), "=> <=" if number == 17 else "=>", "x" * 200)
    await stream._journal.written()
    first = await InvocationHistory(stream._journal).lines("=> <=")
    assert first.next is not None
    assert first.lines == []
    assert await _ids(stream, "=> <=") == [17]


@pytest.mark.parametrize("text", ["needle", "%%"])
async def test_a_search_that_ends_anywhere_lacks_no_line(stream: Stream, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not the last one of a block, where a stretch begins that is over at once."""
    monkeypatch.setattr(searching, "STRETCH_S", 0)
    monkeypatch.setattr(invocation_history, "SEARCH_LIMIT_S", 0)
    for number in range(120):
        _log(stream, "r", f"needle %% {number} " + "x" * 200)
        if number % 7 == 0:
            await stream._journal.written()
    history, found, before = InvocationHistory(stream._journal), list[str](), NEWEST
    while True:
        page = await history.lines(text, before=before, limit=1_000)
        found += [line.text.split()[2] for line in page.lines]
        if page.next is None:
            break
        assert page.next < before
        before = page.next
    assert found == [str(number) for number in range(119, -1, -1)]


async def test_accents_are_a_part_of_words(stream: Stream) -> None:
    for number in range(1, 61):
        _log(stream, _begin(stream, number), f"cafe\u0301 {number}", "x" * 200)
    await stream._journal.written()
    assert await _ids(stream, "cafe\u0301 17") == [17]


async def test_a_json_line_is_found_and_shown_as_its_text(stream: Stream) -> None:
    stream.publish("function", {"level": "INFO", "message": "paid"}, function_name="F", request_id=_begin(stream, 1))
    (line,) = (await InvocationHistory(stream._journal).lines('"message":"paid"')).lines
    assert (line.text, line.function_name, line.source) == ('{"level":"INFO","message":"paid"}', "F", "function")


@pytest.mark.parametrize("written", [False, True])
async def test_attempts_of_one_request_are_invocations_each(stream: Stream, written: bool) -> None:
    for text in ("first try", "second try"):
        request_id = _begin(stream, 7)
        _log(stream, request_id, text, *(["x" * 5_000] if written else []))
        _end(stream, request_id, status="error" if text == "first try" else "success")
        if written:
            await stream._journal.written()
    history = InvocationHistory(stream._journal)
    for text, statuses in (("try", ["success", "error"]), ("first", ["error"]), ("second", ["success"])):
        page = await history.invocations(PastInvocationFilter(), text=text)
        assert [each.status for each in page.invocations] == statuses


@pytest.mark.parametrize("few", [1, 3, 100])
async def test_a_text_that_all_have_is_looked_for_where_the_few_of_a_filter_are(
    stream: Stream, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invocation_history, "MOST_FEW", few)
    for number in range(1, 61):
        request_id = _begin(stream, number)
        _log(stream, request_id, f"order {number}", "paid", "x" * 200)
        if number == 20:
            _log(stream, str(uuid.UUID(int=7)), "paid at last")  # far from where it began
        _end(stream, request_id, status="error" if number in (7, 30) else "success", error="Boom" if number == 30 else "")
        await stream._journal.written()
    unpacked: list[int] = []
    unpack = contents.unpack
    monkeypatch.setattr(contents, "unpack", lambda *block: unpacked.append(block[2]) or unpack(*block))
    assert await _ids(stream, "paid", status="error") == [30, 7]
    looked_at = len(set(unpacked))
    everything = await stream._journal.look(lambda contents, _: len(contents.blocks_between(0, NEWEST)), 0)
    assert (looked_at <= 4) == (few > 2), (looked_at, everything)
    assert everything > 8
    assert await _ids(stream, "paid", error_type="Boom") == [30]
    assert await _ids(stream, "paid", status="timeout") == []
    assert await _ids(stream, "order 7", status="error", limit=1) == [7]


async def test_a_page_and_the_number_of_all_are_of_one_moment(stream: Stream) -> None:
    """Whatever begins while both are asked for is in both, or in none."""
    history = InvocationHistory(stream._journal)

    async def begin() -> None:
        for number in range(1, 200):
            _begin(stream, number)
            await asyncio.sleep(0)

    beginning = asyncio.ensure_future(begin())
    while not beginning.done():
        page = await history.invocations(PastInvocationFilter(), limit=1_000, total=True)
        assert page.total == len(page.invocations)
    await beginning
    assert (await history.invocations(PastInvocationFilter(status="unfinished"), limit=1, total=True)).total == 199


async def test_a_request_is_found_by_its_id_with_all_attempts(stream: Stream) -> None:
    for number in (1, 2, 1, 3, 1):
        _end(stream, _begin(stream, number))
    history, wanted = InvocationHistory(stream._journal), str(uuid.UUID(int=1))
    page = await history.invocations(PastInvocationFilter(request_id=wanted.upper()), limit=2)
    assert [each.request_id for each in page.invocations] == [wanted] * 2
    rest = await history.invocations(PastInvocationFilter(request_id=wanted), before=page.next or 0, limit=2)
    assert ([each.request_id for each in rest.invocations], rest.next) == ([wanted], None)
    assert (await history.invocations(PastInvocationFilter(request_id=wanted, status="error"))).invocations == []
    assert (await history.invocations(PastInvocationFilter(request_id=str(uuid.UUID(int=9))))).invocations == []


async def test_what_never_began_in_a_new_environment_is_of_the_version_that_it_was_for(stream: Stream) -> None:
    """A restore that fails, say: there is no START that would tell the version."""
    record = {"requestId": str(uuid.UUID(int=1)), "start": "cold", "receivedMs": 1_000.0, "sandbox": "process", "version": "3"}
    stream.publish("sandbox.assigned", record, function_name="F", environment_id="e", request_id=str(uuid.UUID(int=1)))
    assert await _ids(stream, version="3") == [1]
    assert await _ids(stream, version="$LATEST") == []


async def test_what_never_began_has_failed_once_its_environment_is_gone(stream: Stream) -> None:
    """There will be no REPORT of it. An environment that ends later, between two invocations, has nothing to do with them."""
    never, other = _begin(stream, 1, start="cold"), _begin(stream, 2)
    assert await _ids(stream, status="unfinished") == [2, 1]
    at_ms = stream.clock.epoch_ms(stream.clock.now_ns())
    stream.publish("sandbox.stopped", {"reason": "failure"}, function_name="F", environment_id="e", request_id=never)
    _end(stream, other)
    stream.publish("sandbox.stopped", {"reason": "idle"}, function_name="F", environment_id="e")
    history = InvocationHistory(stream._journal)
    [success, failure] = (await history.invocations(PastInvocationFilter())).invocations
    assert (success.request_id, success.status, failure.request_id, failure.status) == (other, "success", never, "failure")
    assert failure.ended_ms is not None
    assert failure.ended_ms >= at_ms
    assert (failure.duration_ms, failure.billed_duration_ms) == (None, None)
    assert await history.count(PastInvocationFilter(status="unfinished")) == 0
    assert await history.count(PastInvocationFilter(status="failed")) == 1


@pytest.mark.parametrize(("reason", "error_type"), [("cancelled", CANCELED), ("failure", "")])
async def test_what_was_canceled_before_it_began_is_told_from_what_failed(stream: Stream, reason: str, error_type: str) -> None:
    never = _begin(stream, 1, start="cold")
    stream.publish("sandbox.stopped", {"reason": reason}, function_name="F", environment_id="e", request_id=never)
    [past] = (await InvocationHistory(stream._journal).invocations(PastInvocationFilter())).invocations
    assert (past.error_type, past.was_canceled) == (error_type, reason == "cancelled")
