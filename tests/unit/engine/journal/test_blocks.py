"""Rows in blocks: the same rows come back, and what no engine could have written stands for nothing."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from workbench.engine.journal import blocks
from workbench.engine.journal.blocks import pack, split, unpack
from workbench.engine.journal.rows import Row
from workbench.engine.journal.short_ids import owner_key
from workbench.model.events import StreamEvent

ROWS: list[Row] = [(3, "", "e", b'{"seq":3}'), (5, "r", "e", b'{"seq":4},{"seq":5}'), (6, "r", "", b"\xff\x00")]


def test_what_is_packed_comes_back() -> None:
    assert unpack(pack(ROWS), 3, 6) == ROWS


@pytest.mark.parametrize("block", [
    b"", b"text", pack(ROWS)[:-5], zlib.compress(b"text"), zlib.compress(msgspec.msgpack.encode([[1, "r"]])), pack([]),
    pack(ROWS[::-1]), pack(ROWS[:2]), pack([(2, "", "e", b""), *ROWS])])
def test_what_is_no_such_block_stands_for_nothing(block: bytes) -> None:
    ((seq, request_id, environment_id, encoded),) = unpack(block, 3, 6)
    assert (seq, request_id, environment_id) == (6, "", "")
    event = msgspec.json.decode(encoded, type=StreamEvent)
    assert (event.type, event.fields()) == ("sandbox.elided", {"first": 3, "last": 6, "count": 4})


def test_a_block_that_grows_without_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_UNPACKED_BYTES", 1_000)
    row: Row = (7, "r", "e", bytes(2_000))
    assert unpack(pack([row]), 7, 7) != [row]


def test_blocks_are_filled_by_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SEALED_BYTES", 10)
    rows: list[Row] = [(seq, "r", "e", b"12345") for seq in range(1, 6)]
    assert list(split(rows)) == [rows[:2], rows[2:]]
    assert list(split(rows[:4])) == [rows[:2], rows[2:4]]
    large: Row = (9, "r", "e", b"1234567890")
    assert list(split([large, large, rows[0]])) == [[large], [large, rows[0]]]
    assert list(split([rows[0], large, large, rows[1]])) == [[rows[0], large], [large, rows[1]]]
    assert list(split([rows[0], large, rows[1]])) == [[rows[0], large]]


def test_rows_that_fill_no_block_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SEALED_BYTES", 10)
    small: Row = (1, "r", "e", b"12345")
    assert list(split([small])) == list(split([])) == []
    assert list(split([small, (2, "r", "e", b"12345678901234"), small])) == [[small, (2, "r", "e", b"12345678901234")]]


def test_keys_fit_into_signed_64_bits_and_never_change() -> None:
    assert -(2**63) <= owner_key("2c1e2a3b-0000-4000-8000-000000000000") < 2**63
    assert owner_key("r") == owner_key("r") != owner_key("s")
    assert owner_key("\udcff") != owner_key("")
