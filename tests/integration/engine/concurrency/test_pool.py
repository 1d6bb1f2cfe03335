"""Which environment serves which request, and when it goes: with real processes, and a clock of the test's own."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from tests.support.engines import engine_in_test, until
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.engine.concurrency import soon_free
from workbench.engine.concurrency.quiet_period import LONGEST_S
from workbench.engine.environment.environment import Environment
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import PastInvocationFilter

WHO = """
    import time
    def handler(event, context):
        time.sleep(event.get("s", 0))
        return context.log_stream_name
"""


async def test_idle_environments_are_reclaimed(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        await engine.invoke()
        (environment,) = engine.pool
        limit_ns = engine.engine.settings.in_force.idle_limit_s * 1_000_000_000
        assert limit_ns == 900_000_000_000
        engine.pool.reclaim(environment.idle_since_ns + limit_ns, limit_ns)
        assert len(list(engine.pool)) == 1
        engine.pool.reclaim(environment.idle_since_ns + limit_ns + 1, limit_ns)
        await until(lambda: _stopped_for(engine, "idle"))
        assert (await engine.invoke()).start == "cold"


async def _stopped_for(engine: object, reason: str) -> bool:
    events = await engine.client.events(limit=10_000)  # type: ignore[attr-defined]
    return any(event.type == "sandbox.stopped" and event.fields()["reason"] == reason for event in events)


async def test_a_busy_environment_ends_its_request_before_it_is_retired(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        call = asyncio.create_task(engine.invoke({"s": 0.5}))
        await until(lambda: _has_state(engine, "busy"))
        await engine.client.stop_environments("Function")
        assert (await call).status == "success"
        await until(lambda: _stopped_for(engine, "cold"))
        assert (await engine.invoke()).start == "cold"


async def _has_state(engine: object, state: str) -> bool:
    return state in await engine.states()  # type: ignore[attr-defined]


async def test_sequential_requests_share_one_environment(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        answers = {(await engine.client.invoke("Function", b"{}")).payload for _ in range(200)}
    assert len(answers) == 1


async def test_cold_on_request(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        first = await engine.invoke()
        second = await engine.invoke(cold=True)
        assert (second.start, second.environment_id != first.environment_id) == ("cold", True)
        assert (await engine.invoke()).environment_id == second.environment_id


async def test_what_a_cold_start_replaces_is_stopped_after_it(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        first = await engine.invoke()
        second = await engine.invoke({"s": 0.3}, cold=True)
        await until(lambda: _stopped_for(engine, "cold"))
        events = await engine.client.events(limit=10_000)
        (stopped,) = (event for event in events if event.type == "sandbox.stopped")
        answered = next(event for event in reversed(events)
                        if event.type == "sandbox.payload" and event.fields()["kind"] == "result")
        assert answered.request_id == second.request_id
        assert stopped.environment_id == first.environment_id
        assert stopped.seq > answered.seq
        assert await engine.states() == ["idle"]


async def test_a_cold_start_that_is_cancelled_leaves_nothing_of_either(tmp_path: Path) -> None:
    flag = tmp_path / "slow"
    asleep = tmp_path / "asleep"
    wait = "if os.path.exists({!r}): time.sleep(60)"
    slow = f"import os, time\n{wait.format(str(flag))}\ndef handler(event, context):\n    {wait.format(str(asleep))}\n"
    async with engine_in_test(one_function(tmp_path / "w", slow)) as engine:
        await engine.invoke()
        flag.touch()
        request_id = str(uuid.uuid4())
        call = asyncio.create_task(engine.client.invoke("Function", b"{}", request_id=request_id, cold=True))
        await until(lambda: _has_state(engine, "initializing"))
        assert engine.engine.cancel(request_id)
        with pytest.raises(ServiceError):
            await call
        await until(lambda: _stopped_for(engine, "cold"))
        await until(lambda: _stopped_for(engine, "cancelled"))
        assert await engine.states() == []
        flag.unlink()
        asleep.touch()
        call = asyncio.create_task(engine.client.invoke("Function", b"{}", request_id=(running := str(uuid.uuid4()))))
        await until(lambda: _has_state(engine, "busy"))
        assert engine.engine.cancel(running)
        await call
        await until(lambda: _has_past(engine, "canceled", [running, request_id]))
        assert await _has_past(engine, "failed", [])


async def _has_past(engine: object, status: str, request_ids: list[str]) -> bool:
    page = await engine.client.history.invocations(PastInvocationFilter(status=status))  # type: ignore[attr-defined]
    return [each.request_id for each in page.invocations] == request_ids


async def test_the_end_of_the_engine_waits_for_no_lull(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        await engine.invoke()
        with engine.pool.undisturbed():
            engine.pool.retire(lambda _: True, "cold")
            async with asyncio.timeout(LONGEST_S / 2):
                await engine.pool.close()


async def test_who_finds_this_machine_full_waits_and_is_told_so(tmp_path: Path) -> None:
    """Lambda would make another environment, so nothing is throttled; the one that is free next serves the one who waits."""
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        engine.pool.gate.room.limit = 1
        call = asyncio.create_task(engine.invoke({"s": 0.5}))
        await until(lambda: _has_state(engine, "busy"))
        waited = await engine.invoke()
        assert (waited.start, waited.environment_id) == ("warm", (await call).environment_id)
        told = [event.fields()["text"] for event in await engine.client.events(request_id=waited.request_id)
                  if event.type == "sandbox.progress" and event.fields()["stage"] == "wait"]
        assert told == ["Waits for this machine: 1 execution environment runs, 1 request waits.", "This machine has room."]


async def test_idle_environments_of_other_functions_make_room(tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path).function("Function", {"app.py": WHO}).function("Other", {"app.py": WHO})
    async with engine_in_test(builder.write()) as engine:
        engine.pool.gate.room.limit = 1
        await engine.invoke()
        assert (await engine.invoke(function="Other")).status == "success"
        assert [environment.function.name for environment in engine.pool] == ["Other"]


async def test_a_file_saved_by_another_editor_is_noticed(tmp_path: Path) -> None:
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        first = await engine.invoke()
        (tmp_path / "function" / "app.py").write_text("def handler(event, context):\n    return 'edited'\n")
        await until(lambda: _stopped_for(engine, "changed"))
        assert ((await engine.invoke()).payload, first.status) == ('"edited"', "success")


@pytest.mark.parametrize("gives_up", ["time", "caller"])
async def test_what_is_handed_over_when_its_waiter_gives_up_is_not_lost(
        gives_up: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy loop the time is often over in the very turn in which an environment becomes free."""
    async with engine_in_test(one_function(tmp_path, WHO)) as engine:
        await engine.invoke()
        pool, loop = engine.pool, asyncio.get_running_loop()
        (environment,) = pool
        monkeypatch.setattr(Environment, "answered", True)
        await pool.lease(environment.key, environment, _never, print)
        monkeypatch.setattr(soon_free, "FREE_SOON_S", 0 if gives_up == "time" else 60)
        waiting = asyncio.create_task(pool.lease(environment.key, environment, _never, print))
        loop.call_soon(pool.release, environment.key, environment)
        if gives_up == "time":
            assert await waiting == (environment, False)
            pool.release(environment.key, environment)
        else:
            loop.call_soon(waiting.cancel)
            with pytest.raises(asyncio.CancelledError):
                await waiting
        pool.retire(lambda _: True, "cold")
        await until(lambda: _stopped_for(engine, "cold"))
        assert list(pool) == []


def _never() -> Environment:
    raise AssertionError("there is one that is about to be free")
