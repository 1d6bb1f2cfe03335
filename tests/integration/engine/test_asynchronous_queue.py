"""The queue of a whole engine: as many events at a time as concurrency lets in, and what waits for the person after a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import command_here
from tests.support.engines import engine_in_test, served, until
from tests.support.workspaces import WorkspaceBuilder, one_function
from workbench.background import begin_awaited
from workbench.client.api import EngineClient
from workbench.client.engine_process import read_connection
from workbench.workspace.state_directory import state_directory

CODE = "def handler(event, context):\n    print('ran', event)\n"
HOUR_MS = 3_600_000


@pytest.mark.parametrize("reserved", [1, 3])
async def test_the_queue_throttles_none_of_its_own_events(tmp_path: Path, reserved: int) -> None:
    root = one_function(tmp_path / "w", CODE, properties=f"ReservedConcurrentExecutions: {reserved}")
    async with engine_in_test(root) as engine:
        queue = engine.client.queue
        await queue.hold()
        request_ids = [await queue.send("Function", b"%d" % number) for number in range(25)]
        await queue.resume()

        async def is_empty() -> bool:
            return (await queue.info(limit=0)).waiting == 0

        await until(is_empty, 60)
        events = await engine.client.events(limit=5_000)
        kinds = [event.type for event in events]
        assert not {"sandbox.throttled", "sandbox.queueScheduled"}.intersection(kinds)
        assert {event.request_id for event in events if event.type == "function"} == set(request_ids)
        assert kinds.count("sandbox.queueSettled") == 25
        assert kinds.count("sandbox.creating") <= reserved


async def test_a_move_through_an_endless_loop_ends_with_its_caller(tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "w")
    for name, other in (("Ping", "Pong"), ("Pong", "Ping")):
        target = f"arn:aws:lambda:us-east-1:123456789012:function:{other}"
        builder.function(name, {"app.py": CODE}, properties=f"""
            RecursiveLoop: Allow
            EventInvokeConfig: {{DestinationConfig: {{OnSuccess: {{Type: Lambda, Destination: "{target}"}}}}}}
        """)
    async with engine_in_test(builder.write()) as engine:
        queue = engine.client.queue
        await queue.hold()
        await queue.send("Ping", b"{}")
        forward = begin_awaited("A move", queue.forward(seconds=60))

        async def has_run_often() -> bool:
            return [event.type for event in await engine.client.events(limit=5_000)].count("sandbox.queueSettled") > 20

        await until(has_run_often, 60)
        forward.cancel()
        async with asyncio.timeout(60):
            assert [step.outcome for step in (await queue.step()).steps] == ["Success"], "another move may begin"
        assert (await queue.info()).waiting == 1


def test_old_events_wait_for_the_person_in_command_and_api(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = one_function(tmp_path / "w", CODE)
    file = state_directory(root) / "queue.sqlite"

    def queue(*arguments: str) -> str:
        done = command_here(capsys, "queue", *arguments, "-w", str(root))
        assert done.status == 0, done.err
        return done.out + done.err

    for event in ('"old"', '"older"', '"new"'):
        queue("send", "Function", "-e", event)  # without an engine that would run it
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE events SET accepted_ms = accepted_ms - ?, due_ms = due_ms - ? WHERE event_id < 3",
                         (HOUR_MS + 60_000, HOUR_MS + 60_000))
    asked = "2 asynchronous invocations are older than an hour and not run without being asked for"

    async def left(waiting: int) -> tuple[int, str]:
        """Wait until so many wait, and return how many of them do for a decision, and the engine's notice."""
        connection = read_connection(state_directory(root))
        assert connection is not None
        async with EngineClient(connection) as client:
            async def is_so() -> bool:
                return (await client.queue.info()).waiting == waiting

            await until(is_so, 60)
            return (await client.queue.info()).asked, (await client.health()).notice

    with served(root, "--sandbox", "process"):
        count, notice = asyncio.run(left(2))
        assert count == 2
        assert asked in notice
        shown = queue("list")
        assert "2 older than an hour: workbench queue resume runs them, workbench queue drop --asked drops them." in shown
        assert ('"older"' in shown, '"new"' in shown) == (True, False)
        queue("resume")
        count, notice = asyncio.run(left(0))
        assert (count, asked in notice) == (0, False)


async def test_an_event_that_ended_is_sent_again_by_the_next_engine(tmp_path: Path) -> None:
    root = one_function(tmp_path / "w", CODE)
    async with engine_in_test(root) as engine:
        queue = engine.client.queue
        first = await queue.send("Function", b'"once more"')

        async def has_ended() -> bool:
            return bool((await queue.info(ended=1)).ended)

        await until(has_ended, 60)
    async with engine_in_test(root) as engine:
        [ended] = (await engine.client.queue.info(ended=9)).ended
        assert (ended.request_id, ended.condition, ended.payload) == (first, "Success", '"once more"')
        second = await engine.client.queue.send_ended_again(ended.event_id)

        async def ran_again() -> bool:
            return [each.request_id for each in (await engine.client.queue.info(ended=9)).ended] == [second, first]

        await until(ran_again, 60)
        lines = [event.record for event in await engine.client.events(limit=5_000) if event.type == "function"]
        assert lines == ["ran once more"] * 2
