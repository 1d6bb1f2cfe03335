"""Work in the background that fails."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.engines import until
from workbench.engine.background import BackgroundWork, report_failure


@pytest.mark.expects_log
async def test_what_fails_is_logged_shown_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    background, begun, go_on = BackgroundWork(again_s=0.001), [], asyncio.Event()

    async def work() -> None:
        begun.append(1)
        if len(begun) < 3:
            raise RuntimeError("no\nluck")
        await go_on.wait()

    background.keep_going("Housekeeping", work)
    await until(lambda: len(begun) == 3)
    assert background.problem == (
        "Housekeeping failed (RuntimeError: no luck) and is begun again; the engine's log has the details.")
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


@pytest.mark.expects_log
async def test_an_exception_that_nobody_awaits_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("lost")

    task = asyncio.get_running_loop().create_task(fail(), name="an environment's end")
    task.add_done_callback(report_failure)
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == ["an environment's end failed: ValueError: lost"]
