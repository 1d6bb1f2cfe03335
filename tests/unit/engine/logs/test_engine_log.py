"""Searches, in a real process: what they find, what they leave out, new lines, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.descendants import children_that_run
from tests.support.read_blocks import note_read_blocks
from tests.unit.engine.journal.test_log_reading import run
from workbench.engine.clock import Clock
from workbench.engine.events.stream import Stream
from workbench.engine.journal import blocks, contents, log_reading, sealing
from workbench.engine.journal.journal import Journal
from workbench.engine.logs import search_process
from workbench.engine.logs.engine_log import EngineLog
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import LogFilter, Sample

CATASTROPHE = "(a+)+$"
METRIC = ('{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Shop","Dimensions":[["Service"]],'
          '"Metrics":[{"Name":"Latency","Unit":"Milliseconds"}]}]},"Service":"checkout","Latency":%s}')


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, contents, sealing, log_reading):
        monkeypatch.setattr(module, "SEALED_BYTES", 4_000)


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[Stream]:
    stream = Stream(Journal(tmp_path / "j.sqlite"), Clock())
    await stream.open()
    yield stream
    await stream._journal.close()


def of_past(wanted: LogFilter) -> LogFilter:
    """The same without what is new, so that the search ends."""
    return msgspec.structs.replace(wanted, until=10**9)


async def found(stream: Stream, **wanted: Any) -> list[LogEntry]:
    log, numbers = EngineLog(stream._journal, stream), list[int]()
    async for step in log.search(of_past(LogFilter(**wanted))):
        assert step.problem == ""
        numbers += step.found
    assert len(set(numbers)) == len(numbers)
    return await log.picked(sorted(numbers))


async def texts(stream: Stream, **wanted: Any) -> list[str]:
    return [entry.text for entry in await found(stream, **wanted)]


@pytest.fixture
async def written(stream: Stream) -> Stream:
    for number in range(1, 60):
        run(stream, number, f"order {number} paid", f"[WARNING]\t2026-11-05T10:11:12.123Z\tid\tlow stock {number}",
            f'{{"level": "ERROR", "order": {{"id": {number}}}, "state": "Gone"}}')
    return stream


async def test_text_is_found_in_any_case_also_within_words(written: Stream) -> None:
    assert await texts(written, text="ORDER 17 p") == ["order 17 paid"]
    assert len(await texts(written, text="rder")) == 2 * 59
    assert await texts(written, text="nowhere") == []
    assert len(await texts(written, text="START RequestId")) == 59
    assert len(await texts(written, text="Billed Duration: 3 ms")) == 59


@pytest.mark.parametrize(("expression", "line"), [
    (r"^\W+$", "----"), (r"^[^\w\s]{4}$", "----"), (r"^\W", "--> x"),
    (r"\d{12}", "account 123456789012"),
    (r"^[\w ]{60,}$", "long " * 14 + "x"), (r"\S{50}", "x" * 50), (r"^.{1,4}$", "a b"), (r"[^\x00-\x7f]", "naïve"),
    (r"^\s*$", ""),
    (r"^(?:\W|_)+$", "__"), (r"(?:^|\w+ )\d{12} *$", "account 123456789012")])
async def test_an_expression_that_names_no_character_leads_to_the_block_with_such_a_line(
    stream: Stream, monkeypatch: pytest.MonkeyPatch, expression: str, line: str
) -> None:
    """All lines were looked at, the oldest of a million after seconds."""
    for number in range(1, 180):
        run(stream, number, f"order {number} paid", line if number == 60 else "nothing to be found")
    read = note_read_blocks(monkeypatch)
    wanted = of_past(LogFilter(text=expression, is_regex=True))
    async with contextlib.aclosing(EngineLog(stream._journal, stream).search(wanted)) as steps:
        step = await anext(steps)
        while not step.found:
            step = await anext(steps)
    assert [entry.text for entry in step.entries] == [line]
    assert len(read) <= 2, "the next block is read while one is looked at"


@pytest.mark.parametrize(("wanted", "count"), [
    (LogFilter(text="dle wa"), 1), (LogFilter(text=r"\bne+dle\b.*here$", is_regex=True), 1), (LogFilter(level="fatal"), 1),
    (LogFilter(function_name="Other"), 3), (LogFilter(environment_id="a81f"), 3), (LogFilter(fields=(("kind", "odd"),)), 1),
    (LogFilter(text="Exited 99931"), 1), (LogFilter(text=r"ne+dle was|dec+lined", is_regex=True), 1),
    (LogFilter(text="nowhere"), 0)], ids=str)
async def test_a_search_for_what_is_rare_reads_the_block_that_has_it_alone(
    written: Stream, monkeypatch: pytest.MonkeyPatch, wanted: LogFilter, count: int
) -> None:
    written.publish_lines("function", ["the needle was here", "[FATAL] exited 99931", '{"kind": "odd"}'], function_name="Other",
                          environment_id="a81f")
    for number in range(100, 160):
        run(written, number, f"order {number} paid", "nothing to be found")
    read = note_read_blocks(monkeypatch)
    steps = [step async for step in EngineLog(written._journal, written).search(of_past(wanted))]
    assert sum(len(step.found) for step in steps) == count
    assert len(read) == (1 if count else 0)
    assert [step.searched for step in steps] == sorted(step.searched for step in steps)
    assert [step.looked for step in steps] == sorted(step.looked for step in steps)
    extent = await EngineLog(written._journal, written).extent()
    assert steps[-1].looked == steps[-1].whole == extent.end - extent.first
    assert steps[-1].searched == 1


async def test_lines_of_the_platform_are_those_of_successes_too(written: Stream) -> None:
    assert len(await texts(written, level="platform")) == 3 * 59


async def test_expressions(written: Stream) -> None:
    assert await texts(written, text=r"order 1[78] paid$", is_regex=True) == ["order 17 paid", "order 18 paid"]


async def test_levels_are_those_and_more_serious_ones(written: Stream) -> None:
    assert len(await texts(written, level="warn")) == 2 * 59
    assert len(await texts(written, level="error")) == 59
    assert await texts(written, level="fatal") == []


@pytest.mark.parametrize(("level", "found_at"), [("error", [20, 40]), ("fatal", [40]), ("warn", [10, 20, 40])])
async def test_levels_are_found_as_loggers_write_them(stream: Stream, level: str, found_at: list[int]) -> None:
    lines = {10: "2026-11-05 10:11:12,123 - shop - WARNING - low", 20: '{"level":50,"msg":"declined"}',
             30: '{"level":30,"msg":"x"}',
             40: '{"@timestamp":"x","message":"m","level_name":"EMERGENCY"}'}
    for number in range(1, 60):
        run(stream, number, lines.get(number, f"order {number} paid"))
    assert await texts(stream, level=level) == [lines[number] for number in found_at]


async def test_fields_of_json(written: Stream) -> None:
    assert len(await texts(written, fields=(("state", "gone"),))) == 59
    (only,) = await texts(written, fields=(("order.id", "17"),))
    assert '"id": 17}' in only
    assert await texts(written, fields=(("order.id", "1700"),)) == []


async def test_requests_functions_and_environments(written: Stream) -> None:
    (entry, *_) = await found(written, text="order 17 paid")
    assert len(await found(written, request_id=entry.request_id)) == 5  # START, three lines, the end
    assert len(await found(written, request_id=entry.request_id[-4:])) == 0
    assert len(await found(written, function_name="F", text="paid")) == 59
    assert await found(written, function_name="G") == []
    assert len(await found(written, environment_id="e", text="paid")) == 59


async def test_a_failure_is_found_by_lambdas_words(stream: Stream) -> None:
    run(stream, 1, failure='{"errorMessage": "RequestId: 00000000-0000-0000-0000-000000000001 Error: Runtime exited"}')
    assert len(await texts(stream, text="runtime exited")) == 1
    assert len(await texts(stream, level="error")) == 1


async def test_what_is_new_is_found_as_it_comes(written: Stream) -> None:
    log = EngineLog(written._journal, written)
    async with contextlib.aclosing(log.search(LogFilter(text="overdue"))) as steps:
        step = await anext(steps)
        while step.searched < 1:
            step = await anext(steps)
        run(written, 70, "something", "is overdue", *("filling" for _ in range(3_000)), "overdue again")
        numbers: list[int] = []
        while len(numbers) < 2:
            numbers += (await anext(steps)).found
    assert [entry.text for entry in await log.picked(numbers)] == ["is overdue", "overdue again"]


async def test_a_faulty_expression_is_told(written: Stream) -> None:
    steps = [step async for step in EngineLog(written._journal, written).search(LogFilter(text="(", is_regex=True))]
    (step,) = steps
    assert step.problem == "The regular expression is invalid at character 1: missing ), unterminated subpattern."


async def test_an_expression_that_never_ends_is_ended(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_process, "LIMIT_S", 1.0)
    run(stream, 1, "a" * 60 + "!")
    steps = [step async for step in EngineLog(stream._journal, stream).search(LogFilter(text=CATASTROPHE, is_regex=True))]
    assert steps[-1].problem == search_process.TOO_SLOW
    assert children_that_run("search_program") == []


async def test_a_search_that_is_left_leaves_no_process(written: Stream) -> None:
    async with contextlib.aclosing(EngineLog(written._journal, written).search(LogFilter(text="paid"))) as steps:
        await anext(steps)
        assert children_that_run("search_program") != []
    assert children_that_run("search_program") == []


async def test_a_cancelled_search_leaves_no_process(stream: Stream) -> None:
    async def search() -> None:
        async with contextlib.aclosing(EngineLog(stream._journal, stream).search(LogFilter(text="a"))) as steps:
            async for _ in steps:
                searching.set()

    searching = asyncio.Event()
    task = asyncio.create_task(search())
    await searching.wait()
    task.cancel()
    await asyncio.wait([task])
    assert children_that_run("search_program") == []


async def test_metrics_are_read_from_lines(stream: Stream) -> None:
    run(stream, 1, METRIC % "12.5", "no metric", METRIC % "[1, 2]", '{"_aws": {"CloudWatchMetrics": 7}}', METRIC % '"text"',
        METRIC % ("9" * 400), METRIC % "1e400", '{"a": "\\ud83d"}')
    samples: list[Sample] = []
    async with contextlib.aclosing(EngineLog(stream._journal, stream).metrics()) as steps:
        while len(samples) < 2:
            samples += (await anext(steps)).samples
    assert [sample.values for sample in samples] == [(12.5,), (1.0, 2.0)]
    assert {(each.namespace, each.metric, each.unit, each.dimensions) for each in samples} == {
        ("Shop", "Latency", "Milliseconds", "Service=checkout")}


async def test_a_line_with_half_a_character_is_json(stream: Stream) -> None:
    run(stream, 1, '{"state": "cut \\ud83d", "id": 17, "parts": ["\\ud83d"]}', METRIC.replace("checkout", "\\ud83d") % "3")
    log = EngineLog(stream._journal, stream)
    for field in (("id", "17"), ("parts", '["\\ud83d"]'), ("Latency", "3")):
        found = [entry async for step in log.search(of_past(LogFilter(fields=(field,)))) for entry in step.entries]
        assert len(found) == 1
    async with contextlib.aclosing(log.metrics()) as steps:
        samples = (await anext(steps)).samples
    assert [sample.dimensions for sample in samples] == ["Service=?"]


async def test_files_have_every_entry_in_order(written: Stream) -> None:
    log = EngineLog(written._journal, written)
    extent = await log.extent()
    entries = await log.page(extent.first, extent.end - extent.first)
    lines = b"".join([part async for part in log.written(LogFilter(), "ndjson") if isinstance(part, bytes)]).splitlines()
    assert [msgspec.json.decode(line, type=LogEntry) for line in lines] == entries

    text = b"".join([part async for part in log.written(LogFilter(text="paid"), "text") if isinstance(part, bytes)]).decode()
    assert [line.split(" ", 1)[1] for line in text.splitlines()] == [f"order {number} paid" for number in range(1, 60)]
