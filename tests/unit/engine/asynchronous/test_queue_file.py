"""The queue's file: damaged, of a later version, or another engine's."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.queue_in_test import QueueInTest
from workbench.engine.asynchronous import queue_file
from workbench.model.failures import ServiceError
from workbench.storage.state_file import untold


def _later(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END")
    database.close()


@pytest.mark.parametrize(("damage", "said"), [
    (lambda path: path.write_bytes(b"no database" * 1_000), "queue.sqlite is damaged"),
    (_foreign, "queue.sqlite is damaged"),
    (_later, "queue.sqlite was written by a later version"),
])
def test_a_file_that_is_none_of_ours_is_set_aside_and_told(tmp_path: Path, damage: Callable[[Path], None], said: str) -> None:
    async def run() -> None:
        tested = QueueInTest(tmp_path / "queue.sqlite")
        await tested.begin()
        await tested.queue.close()
        damage(tested.path)
        await tested.crash()
        assert tested.queue.shown.problem == ""
        await tested.accept()
        assert (await tested.queue.shown.info()).waiting == 1
        await tested.queue.close()

    asyncio.run(run())
    [told] = untold(tmp_path)
    assert told.startswith(said)


def test_a_second_engine_accepts_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_file, "_LOCK_WAIT_S", 0.01)

    async def run() -> None:
        first, second = QueueInTest(tmp_path / "queue.sqlite"), QueueInTest(tmp_path / "queue.sqlite")
        await first.begin()
        await first.accept()
        await second.begin()
        assert second.queue.shown.notice.startswith("The queue of asynchronous invocations is not available")
        with pytest.raises(ServiceError) as refused:
            await second.accept()
        assert (refused.value.code, refused.value.status) == ("ServiceException", 500)
        assert (await first.queue.shown.info()).waiting == 1
        for each in (first, second):
            await each.queue.close()

    asyncio.run(run())


def test_what_is_accepted_survives_the_loss_of_power(tmp_path: Path) -> None:
    """Every transaction waits for the disk. Source: SQLite, "PRAGMA synchronous": FULL (2) in WAL mode."""
    database = queue_file.open_queue(tmp_path / "queue.sqlite")
    pragmas = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode", "locking_mode")]
    database.close()
    assert pragmas == [2, "wal", "exclusive"]


def test_a_queue_of_the_first_version_goes_on_with_its_events(tmp_path: Path) -> None:
    async def run() -> None:
        tested = QueueInTest(tmp_path / "queue.sqlite")
        await tested.begin()
        await tested.accept(b"1")
        await tested.queue.close()
        with sqlite3.connect(tested.path) as database:
            database.executescript("DROP TABLE ended; PRAGMA user_version = 1")
        database.close()
        await tested.crash()
        assert tested.queue.shown.problem == ""
        await tested.queue.changes.retry(1)
        await tested.crash()
        info = await tested.queue.shown.info(ended=9)
        assert [(ended.event_id, ended.payload) for ended in info.ended] == [(1, "1")]
        await tested.queue.close()

    asyncio.run(run())
    assert untold(tmp_path) == []
