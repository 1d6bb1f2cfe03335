"""Filters for what no index has: figures, IDs, triggers, aliases, stars and names; and what invocations ran."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import extremes, invocation_history, past_reading
from workbench.engine.journal.conditions import stretch_conditions
from workbench.engine.journal.cost_figures import cost_in_sql
from workbench.engine.journal.deployments import DeploymentNote, NotedFile
from workbench.engine.journal.extremes import Extremes
from workbench.engine.journal.invocation_history import InvocationHistory
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.rows import NEWEST
from workbench.engine.journal.schema import SCHEMA
from workbench.model.past_invocations import Mark, PastInvocation, PastInvocationFilter
from workbench.workspace.price_file import load_prices


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[Stream]:
    stream = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await stream.open()
    for number in range(1, 41):
        invocation(stream, number)
    yield stream
    await stream._journal.close()


def invocation(stream: Stream, number: int) -> None:
    request_id = str(uuid.UUID(int=number))
    told = {"trigger": "url"} if number % 10 == 0 else {"alias": "live"} if number % 10 == 1 else {}
    record = {"requestId": request_id, "start": "warm", "sandbox": "process", "deployment": f"d{number % 2}", **told}
    common: dict[str, Any] = {"function_name": "F", "request_id": request_id}
    stream.publish("sandbox.assigned", record, environment_id="e", **common)
    status = "timeout" if number == 40 else "error" if number == 39 else "success"
    metrics = {"durationMs": float(number), "billedDurationMs": 1_000 * number, "memorySizeMB": 1024, "maxMemoryUsedMB": number}
    failure = {"errorType": "Runtime.Unknown"} if status == "error" else {}
    stream.publish("platform.report", {"requestId": request_id, "status": status, "metrics": metrics, **failure}, **common)


async def found(stream: Stream, limit: int = 1_000, **wanted: Any) -> list[int]:
    history, numbers, before = InvocationHistory(stream._journal), [], NEWEST
    while True:
        page = await history.invocations(
            PastInvocationFilter(**wanted), before=before, limit=limit, prices=load_prices("us-east-1"))
        numbers += [uuid.UUID(each.request_id).int for each in page.invocations]
        if page.next is None:
            return numbers
        assert page.next < before
        before = page.next


async def all_of(stream: Stream) -> dict[int, PastInvocation]:
    page = await InvocationHistory(stream._journal).invocations(PastInvocationFilter(), limit=1_000)
    return {uuid.UUID(each.request_id).int: each for each in page.invocations}


@pytest.fixture(params=[1, 3, 13])
def stretch_bits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How long stretches are whose extremes are noted: a few events, up to more than there are."""
    monkeypatch.setattr(extremes, "STRETCH_BITS", request.param)
    monkeypatch.setattr(extremes, "_AT_ONCE", 2)
    bits: int = request.param
    return bits


@pytest.mark.parametrize("patience_s", [0, 10])
async def test_filters_for_what_no_index_has(
    stretch_bits: int, stream: Stream, patience_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a little at a time, when it takes long."""
    monkeypatch.setattr(past_reading, "STRETCH_S", patience_s)
    monkeypatch.setattr(invocation_history, "FILTER_LIMIT_S", patience_s)
    history, everything = InvocationHistory(stream._journal), await all_of(stream)
    await history.mark([everything[3].seq, everything[5].seq], Mark(is_starred=True))
    await history.mark([everything[5].seq, everything[6].seq], Mark(name=" Slow Day "))
    await history.mark([1_000_000], Mark(is_starred=True))  # there is none
    expected: list[tuple[dict[str, Any], list[int]]] = [
        ({"status": "failed"}, [40, 39]),
        ({"least_duration_ms": 38.0, "most_duration_ms": 39.5}, [39, 38]),
        ({"least_memory_mb": 39.5}, [40]),
        ({"most_memory_mb": 2}, [2, 1]),
        ({"least_usd": 39.5 * 0.0000166667}, [40]),
        ({"most_usd": 1.5 * 0.0000166667}, [1]),
        ({"trigger": "url"}, [40, 30, 20, 10]),
        ({"trigger": "invoke", "least_duration_ms": 39.0}, [39]),
        ({"trigger": "event"}, []),
        ({"alias": "live"}, [31, 21, 11, 1]),
        ({"request_id": str(uuid.UUID(int=17))}, [17]),
        ({"request_id": "00000000-0000-0000-0000-00000000001"}, list(range(31, 15, -1))),
        ({"request_id": "x"}, []),
        ({"error_type": "Runtime.Unknown"}, [39]),
        ({"error_type": "Nobody"}, []),
        ({"sandbox": "docker"}, []),
        ({"sandbox": "process", "least_duration_ms": 38.0, "most_usd": 38.5 * 0.0000166667}, [38]),
        ({"trigger": "url", "status": "success", "function_name": "F", "start": "warm"}, [30, 20, 10]),
        ({"trigger": "url", "start": "cold"}, []),
        ({"alias": "live", "function_name": "G"}, []),
        ({"is_starred": True}, [5, 3]),
        ({"is_named": True}, [6, 5]),
        ({"name": "sLoW", "is_starred": True}, [5])]
    for wanted, numbers in expected:
        assert await found(stream, **wanted) == await found(stream, limit=2, **wanted) == numbers, wanted


async def looked_at(stream: Stream, **wanted: Any) -> int:
    """Return in how many windows of the journal a filter's invocations are looked for."""
    where = stretch_conditions(PastInvocationFilter(**wanted), cost_in_sql(load_prices("us-east-1")))
    return await stream._journal.look(lambda contents, _: len(list(Extremes(contents.database).windows(NEWEST, *where))), -1)


@pytest.mark.parametrize("stretch_bits", [3], indirect=True)
async def test_most_of_the_journal_is_not_looked_at_for_a_filter(stretch_bits: int, stream: Stream) -> None:
    assert stretch_bits == 3
    await stream._journal.written()
    assert await looked_at(stream) > 4
    for wanted in ({"least_usd": 1.0}, {"most_duration_ms": 0.5}, {"least_memory_mb": 41}, {"trigger": "event"},
                   {"alias": "beta"}, {"sandbox": "docker"}, {"error_type": "Nobody"}, {"start": "cold"}, {"until_ms": 1_000}):
        assert await looked_at(stream, **wanted) == 0, wanted
    for wanted in ({"most_duration_ms": 1.0}, {"least_usd": 39.5 * 0.0000166667}, {"error_type": "Runtime.Unknown"}):
        assert await looked_at(stream, **wanted) == 1, wanted
    # Those that begin up to a pruned event are not in it any more.
    past = (await all_of(stream))[20]
    await stream._journal.change(lambda index: index.prune(past.seq - 1))
    assert await looked_at(stream, most_duration_ms=10.0) == 0
    assert await found(stream, most_duration_ms=21.0) == [21, 20]


async def test_what_an_earlier_version_wrote_is_looked_at_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extremes, "STRETCH_BITS", 3)
    monkeypatch.setattr(extremes, "_AT_ONCE", 2)
    path = tmp_path / "j.sqlite"
    before = Stream(Journal(path), Clock())
    await before.open()
    for number in range(1, 31):
        invocation(before, number)
    await before._journal.close()
    with sqlite3.connect(path) as database:
        database.executescript("DROP TABLE extremes; DROP TABLE whole_events; PRAGMA user_version=4;"
                               "CREATE INDEX invocations_of_function ON invocations (function, version, status, is_cold);")
    database.close()
    stream = Stream(Journal(path), Clock())
    await stream.open()
    assert stream._journal.problem == ""
    for number in range(31, 61):
        invocation(stream, number)
    assert await found(stream, limit=3, least_duration_ms=28.0, most_duration_ms=33.0) == list(range(33, 27, -1))
    assert await found(stream, trigger="url") == [60, 50, 40, 30, 20, 10]
    assert await found(stream, limit=1, most_duration_ms=2.0) == [2, 1]
    assert await looked_at(stream, least_duration_ms=58.0) < await looked_at(stream)
    await stream._journal.close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'invocations_of_function'").fetchone() is None
    database.close()


async def test_stars_and_names_are_shown_and_taken_back(stream: Stream) -> None:
    history, seq = InvocationHistory(stream._journal), (await all_of(stream))[9].seq
    for mark, star, name in (
            (Mark(name="first"), False, "first"), (Mark(is_starred=True), True, "first"), (Mark(name=""), True, ""),
            (Mark(is_starred=False), False, "")):
        await history.mark([seq], mark)
        past = await history.one(seq)
        assert past is not None
        assert (past.is_starred, past.name) == (star, name)


async def test_rows_are_skipped_to_the_middle(stream: Stream) -> None:
    page = await InvocationHistory(stream._journal).invocations(PastInvocationFilter(), limit=3, skip=20)
    assert [uuid.UUID(each.request_id).int for each in page.invocations] == [20, 19, 18]


async def test_deployments_are_kept_as_long_as_an_invocation_has_them(stream: Stream, tmp_path: Path) -> None:
    text = b"def handler(event, context): ..."
    digest = hashlib.sha256(text).hexdigest()
    for name, memory in (("d0", 128), ("d1", 256), ("d2", 512)):
        note = DeploymentNote(name=name, architecture="arm64", configuration={"MemorySize": memory}, code_sha256="c",
                              files={"f.py": NotedFile(len(text), digest, True)}, texts={digest: text})
        await stream._journal.change(lambda index, note=note: index.deployments.keep(note))
    past = (await all_of(stream))[40]
    kept = await stream._journal.look(lambda _, index: index.deployments.find(past.deployment), None)
    assert (kept.configuration, kept.files["f.py"].size_bytes) == ({"MemorySize": 128}, len(text))
    assert await stream._journal.look(lambda _, index: index.deployments.content(bytes.fromhex(digest)), None) == text
    assert await stream._journal.look(lambda _, index: index.deployments.find("unknown"), None) is None
    # All but the last invocation go, and with them what only they had.
    await stream._journal.change(lambda index: index.prune(past.seq - 1))
    assert await stream._journal.look(lambda _, index: index.deployments.find("d1"), None) is None
    assert await stream._journal.look(lambda _, index: index.deployments.find("d0"), None) is not None
    await stream._journal.close()
    with sqlite3.connect(tmp_path / "j.sqlite") as database:
        counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                  for table in ("deployments", "contents", "circumstances")]
    database.close()
    assert counts == [1, 3, 1]  # the settings, the list of files and the text


async def test_a_journal_of_the_third_version_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    third = SCHEMA[:SCHEMA.index("CREATE TABLE IF NOT EXISTS circumstances")].replace(", circumstance INTEGER", "")
    with sqlite3.connect(path) as database:
        database.executescript(f"{third}; PRAGMA user_version=3;")
        database.execute("INSERT INTO names VALUES (1, 'F')")
        database.execute("INSERT INTO invocations VALUES (1, 'r', 'e', 1, 1, 1, 0, 5000, 6000, 1, 1, 7000, 7, NULL, 128, 40)")
    database.close()
    stream = Stream(Journal(path), Clock())
    await stream.open()
    assert stream._journal.problem == ""
    (past,) = (await InvocationHistory(stream._journal).invocations(PastInvocationFilter())).invocations
    assert (past.function_name, past.duration_ms, past.deployment, past.trigger) == ("F", 7.0, "", "")
    await stream._journal.close()
    again = Journal(path)
    await again.open()
    assert again.problem == ""
    await again.close()
