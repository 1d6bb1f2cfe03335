"""Work in the background that fails."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tests.support.engines import until
from workbench.background import BackgroundWork, TaskSet, begin, begin_awaited, begin_thread, submit
from workbench.gateway.errors import answer_errors
from workbench.model.failures import SandboxError


@pytest.mark.expects_log
async def test_what_fails_is_logged_shown_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    background, begun, go_on = BackgroundWork(again_s=0.001), [], asyncio.Event()
    background.listen()

    async def work() -> None:
        begun.append(1)
        if len(begun) < 3:
            raise RuntimeError("no\nluck")
        await go_on.wait()

    background.keep_going("Housekeeping", work)
    await until(lambda: len(begun) == 3)
    assert background.problem == (
        "Housekeeping failed (RuntimeError: no luck) and is restarted; the engine's log has the details.")
    assert [record.getMessage() for record in caplog.records] == ["Housekeeping failed: RuntimeError: no luck"] * 2
    go_on.set()
    await until(lambda: not background.problem)
    await background.close()


async def test_the_end_is_no_failure() -> None:
    background = BackgroundWork()
    background.keep_going("Waiting", asyncio.Event().wait)
    await asyncio.sleep(0)
    await background.close()
    assert background.problem == ""


async def fail(error: Exception) -> None:
    raise error


@pytest.mark.expects_log
async def test_an_exception_that_nobody_awaits_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    await asyncio.wait([begin("An environment's end", fail(ValueError("lost")), told.append)])
    await until(lambda: bool(told))
    assert messages(caplog) == ["An environment's end failed: ValueError: lost"]
    assert told == ["An environment's end failed (ValueError: lost); the engine's log has the details."]


@pytest.mark.expects_log
async def test_what_people_are_told_is_told_by_those_who_wait_and_a_fault_of_ours_is_logged(
        caplog: pytest.LogCaptureFixture) -> None:
    for error in (SandboxError("No room."), OSError("no file"), ValueError("a bug")):
        await asyncio.wait([begin_awaited("The build", fail(error), OSError)])
    await asyncio.sleep(0)
    assert messages(caplog) == ["The build failed: ValueError: a bug"]


@pytest.mark.expects_log
async def test_a_fault_that_several_wait_for_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    inner = begin_awaited("An invocation", fail(ValueError("a bug")))

    async def waits() -> None:
        await inner

    async def answers(_: web.Request) -> web.StreamResponse:
        await begin_awaited("A streamed invocation", waits())
        return web.Response()

    assert (await answer_errors(make_mocked_request("GET", "/"), answers)).status == 500
    await asyncio.sleep(0)
    assert messages(caplog) == ["An invocation failed: ValueError: a bug"]


@pytest.mark.expects_log
async def test_threads_and_calls_in_pools_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    begin_thread("The watch", lambda: int("x")).join()
    with ThreadPoolExecutor(1) as pool:
        submit(pool, "The journal", int, "y")
        submit(pool, "A quiet call", int, "3")
    assert [message.partition(": ")[0] for message in messages(caplog)] == ["The watch failed", "The journal failed"]


@pytest.mark.expects_log
async def test_an_engine_shows_what_is_logged_as_an_error_anywhere_until_it_closes() -> None:
    background = BackgroundWork()
    background.listen()
    begin_thread("The watch", lambda: int("x")).join()
    assert background.problem.startswith("The watch failed: ValueError: ")
    asyncio.get_running_loop().call_soon(int, "no number")
    await until(lambda: background.problem.startswith("Exception in callback"))
    logging.getLogger("workbench.test").warning("This is no error.")
    assert "no error" not in background.problem
    await background.close()
    logging.getLogger("workbench.test").error("Too late.")
    assert "late" not in background.problem


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_an_owner_waits_for_all_its_tasks_also_for_those_begun_meanwhile() -> None:
    tasks, ended = TaskSet(), []

    async def second() -> None:
        ended.append("second")

    async def first() -> None:
        tasks.begin("second", second())
        ended.append("first")

    tasks.begin("first", first())
    await tasks.finished()
    assert (ended, len(tasks)) == (["first", "second"], 0)


async def test_work_within_a_task_makes_that_one_of_the_owners() -> None:
    tasks, begun = TaskSet(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def give(value: int) -> int:
        return value

    assert await tasks.within(give(7)) == 7
    assert len(tasks) == 0
    caller = begin_awaited("a caller", tasks.within(wait()))
    await begun.wait()
    assert len(tasks) == 1
    await tasks.cancel()
    assert caller.cancelled()
    assert len(tasks) == 0


async def test_an_owner_cancels_all_its_tasks() -> None:
    tasks, ended = TaskSet(), []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    waiting = [tasks.begin("wait", wait()), tasks.begin_awaited("wait", wait())]
    await asyncio.sleep(0)
    waiting[0].add_done_callback(lambda _: tasks.begin("a caller that asks again", wait()))
    await tasks.cancel()
    assert (len(ended), len(tasks)) == (2, 1)
    assert all(task.cancelled() for task in waiting)
    await tasks.cancel()
    assert len(tasks) == 0
