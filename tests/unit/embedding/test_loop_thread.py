from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.embedding.loop_thread import LoopThread
from workbench.embedding.waiting import wait_for


async def _doubled(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_coroutines_of_many_threads_run_to_their_end() -> None:
    loop = LoopThread("test")
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda number: loop.run(_doubled(number)), range(20))) == [2 * number for number in range(20)]
    loop.close()


def test_an_error_reaches_its_caller() -> None:
    async def failing() -> None:
        raise ValueError("of the work")

    loop = LoopThread("test")
    with pytest.raises(ValueError, match="of the work"):
        loop.run(failing())
    loop.close()


def test_what_still_runs_at_the_end_is_cancelled() -> None:
    begun, cancelled = threading.Event(), threading.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    def ask() -> None:
        with pytest.raises(BaseException):  # noqa: B017, PT011 its caller was interrupted, and nobody asks how it ended
            loop.run(endless())

    loop = LoopThread("test")
    caller = threading.Thread(target=ask)
    caller.start()
    assert begun.wait(30)
    loop.close()
    caller.join(30)
    assert cancelled.is_set()


def test_waiting_looks_until_something_is_there() -> None:
    answers = iter([None, None, "found"])
    assert wait_for(lambda: next(answers), 30) == "found"
    assert wait_for(lambda: None, 0) is None
    assert wait_for(lambda: "at once", 0) == "at once"
