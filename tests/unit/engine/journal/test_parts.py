"""Which blocks have what of a request: found wherever in the journal they are, whichever version noted them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.journal.opening import MOST_SEQ
from workbench.engine.journal.parts import STRETCH_BITS, Parts
from workbench.engine.journal.rows import Row
from workbench.engine.journal.schema import create
from workbench.engine.journal.short_ids import owner_key

STRETCH = 1 << STRETCH_BITS
OWNERS = ["first", "second", "third"]


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    database = created()
    yield database
    database.close()


def created() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None)
    create(database)
    return database


def row(seq: int, request_id: str = "", environment_id: str = "") -> Row:
    return seq, request_id, environment_id, b""


def add(database: sqlite3.Connection, block: int, *owners: str, is_earlier: bool = False) -> None:
    database.execute("INSERT INTO blocks VALUES (?, ?, 0, 0, 0, x'')", (block, block))
    if is_earlier:
        database.executemany("INSERT INTO parts VALUES (?, ?)", [(owner_key(owner), block) for owner in owners])
    else:
        Parts(database).add(block, [row(block, owner) for owner in owners])


BLOCKS = st.dictionaries(
    st.integers(1, 6 * STRETCH) | st.integers(MOST_SEQ - STRETCH, MOST_SEQ),
    st.tuples(st.sets(st.sampled_from(OWNERS)), st.booleans()), max_size=12)


@given(BLOCKS, st.integers(0, 7 * STRETCH))
def test_all_blocks_of_an_owner_are_found_and_no_others(blocks: dict[int, tuple[set[str], bool]], since: int) -> None:
    database = created()
    for block, (owners, is_earlier) in blocks.items():
        add(database, block, *owners, is_earlier=is_earlier)
    parts = Parts(database)
    for owner in OWNERS:
        has = sorted(block for block, (owners, _) in blocks.items() if owner in owners)
        assert parts.blocks_of(owner) == has
        assert parts.blocks_of(owner, since) == [block for block in has if block >= since]
    for block, (owners, _) in blocks.items():
        parts.delete(block, [row(block, owner) for owner in owners])
    assert database.execute("SELECT count(*) FROM parts").fetchone() == (0,)
    database.close()


def test_events_without_a_request_are_their_environments(database: sqlite3.Connection) -> None:
    parts = Parts(database)
    database.execute("INSERT INTO blocks VALUES (4, 1, 0, 0, 0, x'')")
    parts.add(4, [row(1, "", "environment"), row(2, "request", "other"), row(4)])
    assert [parts.blocks_of(owner) for owner in ("environment", "request", "other", "")] == [[4], [4], [], []]


def test_what_names_a_block_that_is_not_there_finds_nothing(database: sqlite3.Connection) -> None:
    """A file that came with a clone may say so."""
    add(database, 4, "first")
    database.execute("INSERT INTO parts VALUES (?, 7)", (owner_key("first"),))
    assert Parts(database).blocks_of("first") == [4]


def test_keys_of_a_stretch_are_together(database: sqlite3.Connection) -> None:
    """So that what is written at a time changes few pages of the table."""
    for block in range(STRETCH - 50, STRETCH + 50, 10):
        add(database, block, *(f"request {number} of {block}" for number in range(20)))
    blocks = [block for (block,) in database.execute("SELECT block FROM parts ORDER BY owner")]
    assert max(blocks[:100]) < STRETCH <= min(blocks[100:])
