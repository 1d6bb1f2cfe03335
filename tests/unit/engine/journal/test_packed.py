"""Entries that are pickled in parts are the same entries, in their order, wherever they are read."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path

import pytest

from workbench.engine.journal import journal as journals
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.packed import PACK_ENTRIES, Packed, pack
from workbench.engine.journal.rows import Row

ENTRIES = list(range(25))


@pytest.mark.parametrize("parts", [(), (25,), (10, 20), (1, 2, 3)])
def test_they_come_out_as_they_went_in(parts: tuple[int, ...]) -> None:
    starts = (0, *parts)
    packed = Packed([pack(ENTRIES[start:end]) for start, end in zip(starts, parts, strict=False)], ENTRIES[starts[-1]:])
    assert pickle.loads(pickle.dumps(packed)) == ENTRIES
    assert (list(packed), len(packed), packed[3], packed[3:7]) == (ENTRIES, 25, 3, [3, 4, 5, 6])


async def test_what_was_packed_is_written_where_the_file_has_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store may have changed between the packing on the loop and the writing in the thread."""
    packed: list[int] = []
    monkeypatch.setattr(journals, "pack", lambda entries: packed.append(len(entries)) or pack(entries))
    journal = Journal(tmp_path / "journal.sqlite")
    await journal.open()
    rows: list[Row] = [(seq, "r", "e", b'{"seq":%d,"timeMs":1.5,"type":"platform.start"}' % seq) for seq in range(1, 251)]
    with monkeypatch.context() as patch:
        patch.setattr(type(journal._store), "pid", 1)
        for row in rows:
            journal.append(row)
    assert packed == [PACK_ENTRIES, PACK_ENTRIES]
    assert await asyncio.wait_for(journal.read(0, 1_000), 30) == rows
    await journal.close()
