"""Signatures of blocks: what a block has is always in its own, what it does not have nearly never; kept as long as the block."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.journal.test_log_reading import opened, run
from workbench.engine.journal import blocks, contents, log_reading, sealing, signatures
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.rows import Row
from workbench.engine.journal.signatures import SIGNATURE_BYTES, may_have, signature_of
from workbench.engine.logs.engine_log import EngineLog
from workbench.model.events import StreamEvent
from workbench.model.log_queries import LogFilter

KEPT_BYTES = 300_000


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, contents, sealing, log_reading):
        monkeypatch.setattr(module, "SEALED_BYTES", 4_000)


def row(*lines: str, kind: str = "function", function: str = "Checkout") -> Row:
    events = [StreamEvent(seq=number, time_ms=1.5, type=kind, function_name=function, record=line)
              for number, line in enumerate(lines, 1)]
    return len(lines), "", "", msgspec.json.encode(events)[1:-1]


@given(st.lists(st.text(alphabet="abkKz09 _\"\\éß\n"), min_size=1, max_size=5), st.integers(0, 20), st.integers(0, 9))
def test_whatever_a_line_has_is_in_the_signature(lines: list[str], begin: int, size: int) -> None:
    signature = signature_of([row(*lines)])
    assert len(signature) == SIGNATURE_BYTES
    for piece in (piece.lower()[begin:begin + size] for line in lines for piece in re.findall("[a-zA-Z0-9]+", line)):
        assert may_have(signature, piece.encode())


def test_what_is_not_there_is_not_in_it() -> None:
    signature = signature_of([row("the needle in the haystack"), row("ignored", kind="sandbox.thawed")])
    assert all(may_have(signature, piece) for piece in (b"needle", b"eedl", b"stac", b"hay", b"checkout", b"ou", b""))
    assert not any(may_have(signature, piece) for piece in (b"needles", b"dlei", b"tack9", b"xyz", b"ignored", b"einthe"))


def test_a_block_without_one_may_have_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "_MOST_TEXT", 100)
    assert signature_of([row("x" * 200)]) == b""
    assert may_have(b"", b"needle")
    assert may_have(b"of another length", b"needle")


def test_rows_that_no_engine_has_written_have_one() -> None:
    assert may_have(signature_of([(7, "", "", b'{"seq":1,"timeMs":1,"type":"function","record":needle')]), b"needle")


async def test_blocks_that_go_take_theirs_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.engine.journal.store.KEPT_BYTES", KEPT_BYTES)
    async with opened(tmp_path / "j.sqlite") as stream:
        first: int | None = None
        for number in range(1, 1_500):
            run(stream, number, f"line {number}", "x" * 50 + str(number**9))
            if number % 100 == 0:
                await stream._journal.written()
                oldest = await numbers_of(stream._journal, "SELECT min(seq) FROM blocks")
                first = first or oldest[0]
        await stream._journal.written()
        assert first not in await numbers_of(stream._journal, "SELECT seq FROM blocks")
        signed = await numbers_of(stream._journal, "SELECT block FROM signatures ORDER BY block")
        assert signed == await numbers_of(stream._journal, "SELECT seq FROM blocks ORDER BY seq")


async def numbers_of(journal: Journal, query: str) -> list[int]:
    nothing: list[int] = []
    return await journal.look(lambda contents, _: [number for (number,) in contents.database.execute(query)], nothing)


@pytest.mark.parametrize("damage", [
    "DROP TABLE signatures; PRAGMA user_version=4", "UPDATE signatures SET grams = 10000000000000"], ids=["older", "odd"])
async def test_a_journal_without_them_is_searched_as_before(tmp_path: Path, damage: str) -> None:
    async with opened(tmp_path / "old.sqlite") as stream:
        for number in range(1, 60):
            run(stream, number, f"line {number}", "a needle" if number == 7 else "nothing")
    database = sqlite3.connect(tmp_path / "old.sqlite")
    database.executescript(damage)
    database.close()
    async with opened(tmp_path / "old.sqlite") as stream:
        assert stream._journal.problem == ""
        log = EngineLog(stream._journal, stream)
        steps = [step async for step in log.search(LogFilter(text="eedl", until=10**9))]
        assert [entry.text for step in steps for entry in step.entries] == ["a needle"]
        for number in range(60, 120):
            run(stream, number, f"line {number}", "another needle" if number == 70 else "nothing")
        steps = [step async for step in log.search(LogFilter(text="eedl", until=10**9))]
        assert [entry.text for step in steps for entry in step.entries] == ["another needle", "a needle"]
