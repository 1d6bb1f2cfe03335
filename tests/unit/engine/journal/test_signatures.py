"""Signatures of blocks: what a block has is always in its own, what it does not have nearly never; kept as long as the block."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.journal.test_log_reading import opened, run
from workbench.engine.journal import blocks, contents, log_reading, sealing, signatures
from workbench.engine.journal.block_texts import BlockTexts
from workbench.engine.journal.folding import folded, pieces_of
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.rows import Row
from workbench.engine.journal.signatures import may_have, signature_of
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


def log_of(*rows: Row) -> bytes:
    return signature_of(BlockTexts(rows).of["log"])


TEXTS = st.text(alphabet="abkKz09 _\"\\éß日本%#{}:\n\t", max_size=40)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.integers(0, 30), st.integers(0, 12))
def test_whatever_a_line_has_is_in_the_signature(lines: list[str], begin: int, size: int) -> None:
    signature = log_of(row(*lines))
    encoded = folded(row(*lines)[3])
    for piece in (piece for line in lines for piece in pieces_of(line[begin:begin + size])):
        assert may_have(signature, piece)
        assert piece in encoded


@pytest.mark.parametrize("few_bytes", [0, 100, 800])
@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=80), st.binary(min_size=1, max_size=8))
def test_a_signature_says_no_to_nothing_that_is_there(few_bytes: int, texts: list[bytes], piece: bytes) -> None:
    """Whatever bytes they are, and of whatever size it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signatures, "_FEW_BYTES", few_bytes)
        signature, text = signature_of(texts), folded(b"\n".join(texts))
    if folded(piece) in text:
        assert may_have(signature, folded(piece))
    for at in range(0, len(text), 7):
        assert may_have(signature, text[at:at + 6])


@pytest.mark.parametrize("few_bytes", [0, 800])
def test_what_is_not_there_is_not_in_it(few_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "_FEW_BYTES", few_bytes)
    signature = log_of(row("the needle in the haystack %% => 注文"), row("ignored", kind="sandbox.thawed"))
    there = "needle", "eedl", "stac", "hay", "checkout", "ou", "k", "%", "%%", "=", "=>", "注", "注文", "needle in", "", " "
    assert all(may_have(signature, piece.encode()) for piece in there)
    others = "needles", "dlei", "tack9", "xyz", "ignored", "einthe", "q", "nq", "%%%", "@", ">=", "!", "文注", "needle q"
    assert not any(may_have(signature, piece.encode()) for piece in others)


def test_places_have_their_own() -> None:
    payloads = [(number, "", "", msgspec.json.encode(StreamEvent(
        seq=number, time_ms=1.5, type="sandbox.payload", record={"kind": kind, "text": text})))
        for number, (kind, text) in enumerate([("event", '{"n": "needle"}'), ("result", "refused"), ("result", "7")], 5)]
    texts = BlockTexts([row("paid"), *payloads]).of
    for place, piece in (("log", b"paid"), ("event", b"needle"), ("result", b"refused"), ("result", b"7"), ("event", b"{")):
        assert [name for name, each in texts.items() if may_have(signature_of(each), piece)] == [place]
    assert not may_have(signature_of(BlockTexts([row("paid")]).of["event"]), b"a")
    assert may_have(signature_of([]), b" ")


def test_a_block_without_one_may_have_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "_MOST_TEXT", 100)
    assert log_of(row("x" * 200)) == b""
    assert may_have(b"", b"needle")
    assert may_have(b"of another length", b"needle")
    assert may_have(bytes(4_000), b"needle")


def test_they_are_as_large_as_there_are_different_words() -> None:
    few, many, most = (log_of(row(*(str(number) for number in range(10**6, 10**6 + count)))) for count in (3, 300, 30_000))
    assert len(few) < 100 < 700 < len(many) < 2_000
    assert 4_000 < len(most) < 5_000
    assert not may_have(many, b"needle")


@pytest.mark.parametrize("kind", ["function", "sandbox.payload"])
def test_rows_that_no_engine_has_written_have_one(kind: str) -> None:
    texts = BlockTexts([(7, "", "", b'{"seq":1,"timeMs":1,"type":"%b","record":needle' % kind.encode())]).of
    assert may_have(signature_of(texts["log" if kind == "function" else "result"]), b"needle")


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
        signed = await numbers_of(stream._journal, "SELECT block FROM grams ORDER BY block")
        assert signed == await numbers_of(stream._journal, "SELECT seq FROM blocks ORDER BY seq")


async def numbers_of(journal: Journal, query: str) -> list[int]:
    nothing: list[int] = []
    return await journal.look(lambda contents, _: [number for (number,) in contents.database.execute(query)], nothing)


@pytest.mark.parametrize("damage", [
    "DROP TABLE grams; PRAGMA user_version=4",
    "DROP TABLE grams; CREATE TABLE signatures (block INTEGER PRIMARY KEY, grams BLOB NOT NULL);"
    "INSERT INTO signatures SELECT seq, zeroblob(4000) FROM blocks; PRAGMA user_version=5",
    "DROP TABLE line_kinds; PRAGMA user_version=6",
    "UPDATE grams SET log = 10000000000000, event = 1.5; UPDATE line_kinds SET kinds = 17"],
    ids=["fourth", "fifth", "sixth", "odd"])
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
        for text, is_regex in (("eedl", False), (r"^\w needle$", True)):
            steps = [step async for step in log.search(LogFilter(text=text, is_regex=is_regex, until=10**9))]
            assert [entry.text for step in steps for entry in step.entries] == ["a needle"]
        for number in range(60, 120):
            run(stream, number, f"line {number}", "another needle" if number == 70 else "nothing")
        steps = [step async for step in log.search(LogFilter(text="eedl", until=10**9))]
        assert [entry.text for step in steps for entry in step.entries] == ["another needle", "a needle"]
    database = sqlite3.connect(tmp_path / "old.sqlite")
    assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'signatures'").fetchone() is None
    database.close()
