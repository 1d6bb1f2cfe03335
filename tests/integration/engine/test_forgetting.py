"""Invocations that are forgotten can be put back for as long as somebody holds them, and are in no answer meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engines import EngineInTest, engine_in_test, served
from tests.support.workspaces import one_function
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.engine.journal import removed
from workbench.engine.services import forgetting
from workbench.model.failures import ServiceError
from workbench.model.forgotten_requests import mark_of
from workbench.model.past_invocations import PastInvocation, PastInvocationFilter
from workbench.workspace.state_directory import data_directory, state_directory

CODE = """
def handler(event, context):
    print("a line")
    return "x" * 100_000
"""


async def newest(engine: EngineInTest) -> PastInvocation:
    return (await engine.client.history.invocations(PastInvocationFilter(), total=True)).invocations[0]


async def total(engine: EngineInTest) -> int | None:
    return (await engine.client.history.invocations(PastInvocationFilter(), total=True)).total


async def test_they_come_back_whole_or_are_gone_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with engine_in_test(one_function(tmp_path / "w", CODE)) as engine:
        calls, event = engine.client.history, {"noise": "0123456789" * 10_000}
        await engine.invoke(event)
        past = await newest(engine)
        events = await calls.events_of(past)
        answer = await engine.client.invocations.whole_answer(past.request_id)
        assert answer is not None

        gone = await calls.forget([past.seq], can_undo=True)
        assert (gone.invocations, await total(engine), await engine.client.events(request_id=past.request_id)) == (1, 0, [])
        assert await engine.client.invocations.whole_answer(past.request_id) is None
        await calls.hold_forgotten(gone.undo)
        assert (await calls.undo_forgotten(gone.undo)).invocations == 1
        assert await calls.events_of(past) == events
        assert await engine.client.invocations.whole_answer(past.request_id) == answer
        assert await newest(engine) == past
        for call in (calls.undo_forgotten, calls.hold_forgotten):
            with pytest.raises(ServiceError, match="forgotten for good"):
                await call(gone.undo)

        # Too much for the engine's memory: nothing is deleted.
        with monkeypatch.context() as patched:
            patched.setattr(removed, "MOST_REMOVED_BYTES", 1_000)
            assert (await calls.forget([past.seq], can_undo=True)).is_too_much
            assert await newest(engine) == past

        # Nobody holds it: a window that was killed, or said so.
        gone = await calls.forget([past.seq], can_undo=True)
        monkeypatch.setattr(forgetting, "HELD_S", -1.0)
        await calls.hold_forgotten(gone.undo)
        engine.engine.forgetting.settle_outdated()
        with pytest.raises(ServiceError, match="forgotten for good"):
            await calls.undo_forgotten(gone.undo)
        await calls.settle_forgotten(gone.undo)
        assert await total(engine) == 0


async def test_without_undo_nothing_is_held(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path / "w", CODE)) as engine:
        await engine.invoke({})
        past = await newest(engine)
        gone = await engine.client.history.forget([past.seq])
        assert (gone.invocations, gone.undo, engine.engine.forgetting._held) == (1, "", {})
        assert (await engine.client.history.forget([past.seq], can_undo=True)).undo == ""  # there is none any more


async def test_what_is_told_of_it_keeps_no_byte_of_it_in_the_journal(tmp_path: Path) -> None:
    root = one_function(tmp_path / "w", CODE)
    async with engine_in_test(root) as engine:
        await engine.invoke({})
        past = await newest(engine)
        assert files_with(root, past.request_id)
        await engine.client.history.forget([past.seq])
        told = [event for event in await engine.client.events() if event.type == "sandbox.historyChanged"]  # on disk, too
        assert [event.fields() for event in told] == [{"forgotten": [mark_of(past.request_id)]}]
        assert not files_with(root, past.request_id)


def files_with(root: Path, text: str) -> list[str]:
    return [path.name for path in data_directory(root).glob("journal.sqlite*") if text.encode() in path.read_bytes()]


async def test_an_engine_that_is_killed_has_forgotten_what_could_be_undone(tmp_path: Path) -> None:
    """Nothing of it is in the files meanwhile, so there is nothing to be forgotten after the kill."""
    root = one_function(tmp_path / "w", CODE)

    async def client_of_one(kill: bool) -> int | None:
        with served(root, "--sandbox", "process") as server:
            connection = read_connection(state_directory(root))
            assert connection is not None
            async with EngineClient(connection) as client:
                if kill:
                    await client.invoke("Function", b'{"word": "opensesame"}')
                    (past,) = (await client.history.invocations(PastInvocationFilter())).invocations
                    assert (await client.history.forget([past.seq], can_undo=True)).undo
                page = await client.history.invocations(PastInvocationFilter(), total=True)
                if kill:
                    server.process.kill()
                return page.total

    for kill in (True, False):
        assert await client_of_one(kill) == 0
        journal = data_directory(root)
        assert [path.name for path in journal.glob("journal*") if b"opensesame" in path.read_bytes()] == []
