"""The inbox on disk: what is acknowledged stays, within bounds."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.security.damages import CONTENTS, FORMS
from tests.unit.engine.asynchronous.deliveries.settled_events import settled
from workbench.engine.asynchronous.deliveries.inbox import Inbox
from workbench.engine.asynchronous.deliveries.inbox_file import Bounds
from workbench.engine.asynchronous.deliveries.messages import Message, dead_letter, destination_message
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.inbox import InboxFilter
from workbench.storage.state_file import untold

QUEUE = "arn:aws:sqs:us-east-1:123456789012:letters"
TOPIC = "arn:aws:sns:us-east-1:123456789012:results"


def letter(number: int, function: str = "f") -> Message:
    return dead_letter(settled(payload=f'{{"n":{number}}}'.encode(), function=function), QUEUE)


async def test_what_is_put_is_there_after_a_restart(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.sqlite")
    assert await inbox.page() == []
    assert not (tmp_path / "inbox.sqlite").exists()
    numbers = await asyncio.gather(inbox.put(letter(1)), inbox.put(letter(2), "No such queue."), inbox.put(letter(3)))
    await inbox.close()
    again = Inbox(tmp_path / "inbox.sqlite")
    page = await again.page()
    assert [each.id for each in page] == sorted(numbers, reverse=True)
    assert [(each.body, each.why) for each in page] == [('{"n":3}', ""), ('{"n":2}', "No such queue."), ('{"n":1}', "")]
    assert page[0].attributes == letter(3).attributes
    assert await again.message(page[1].id) == page[1]
    with pytest.raises(ServiceError, match="The inbox has no message 99"):
        await again.message(99)
    await again.close()


async def test_messages_are_chosen_paged_and_cleared(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.sqlite")
    for number in range(3):
        await inbox.put(letter(number, "f" if number else "g"))
    await inbox.put(destination_message(settled(function="f"), TOPIC))
    assert [each.id for each in await inbox.page(most=2)] == [4, 3]
    assert [each.id for each in await inbox.page(before=3)] == [2, 1]
    assert [each.id for each in await inbox.page(InboxFilter(target=QUEUE, function_name="f"))] == [3, 2]
    assert [each.kind for each in await inbox.page(InboxFilter(kind="failure"))] == ["failure"]
    assert await inbox.clear(InboxFilter(function_name="f", kind="dead-letter")) == 2
    assert await inbox.clear() == 2
    assert await inbox.put(letter(9)) == 5, "ids are never used twice"
    await inbox.close()


async def test_the_oldest_make_room(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.sqlite", Bounds(messages=3))
    for number in range(5):
        await inbox.put(letter(number))
    assert [each.id for each in await inbox.page()] == [5, 4, 3]
    await inbox.close()
    small = Inbox(tmp_path / "inbox.sqlite", Bounds(size_bytes=900))
    assert await small.put(letter(6)) == 6
    assert [each.id for each in await small.page()] == [6]
    await small.close()


async def test_what_cannot_be_written_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    inbox = Inbox(path)
    await inbox.put(letter(1))
    with sqlite3.connect(path) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    # The first is written alone; those that come meanwhile share a transaction, and each of them learns that it failed.
    results = await asyncio.gather(*(inbox.put(letter(number)) for number in (2, 3, 4)), return_exceptions=True)
    assert [type(each) for each in results] == [WorkspaceError] * 3
    with sqlite3.connect(path) as other:
        other.execute("DROP TRIGGER full")
    other.close()
    assert await inbox.put(letter(5)) > 1
    assert [each.body for each in await inbox.page()] == ['{"n":5}', '{"n":1}']
    await inbox.close()


@pytest.mark.parametrize("damage", ["text", "half", "zeros", "huge", "folder", "link"])
async def test_what_is_no_inbox_is_set_aside_and_told(tmp_path: Path, damage: str) -> None:
    state = tmp_path / "state"
    sound = Inbox(state / "inbox.sqlite")
    await sound.put(letter(1))
    await sound.close()
    content = (state / "inbox.sqlite").read_bytes()
    for file in state.iterdir():
        file.unlink()
    (CONTENTS | FORMS)[damage](state / "inbox.sqlite", content)
    inbox = Inbox(state / "inbox.sqlite")
    assert await inbox.page() == []
    assert await inbox.put(letter(2)) == 1
    await inbox.close()
    assert "inbox.sqlite" in "".join(untold(state))


async def test_a_file_of_a_later_version_is_kept_beside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "inbox.sqlite") as later:
        later.execute("PRAGMA user_version = 99")
    later.close()
    inbox = Inbox(tmp_path / "inbox.sqlite")
    assert await inbox.page() == []
    await inbox.close()
    assert [path.name for path in tmp_path.glob("inbox.sqlite.later-version-*")]
