"""Calls of the Docker SDK in threads: what becomes of those that nobody waits for any more."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from tests.support.docker_fixtures import known_images
from workbench.sandbox.docker.calls import DockerCalls
from workbench.sandbox.docker.engine import find_engine

pytestmark = pytest.mark.docker


async def test_a_call_that_fails_when_nobody_waits_any_more_is_no_news() -> None:
    known_images()
    loop, told = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: told.append(context))
    calls, began, go_on = DockerCalls(find_engine()), asyncio.Event(), threading.Event()

    def fail(client: Any) -> None:
        loop.call_soon_threadsafe(began.set)
        go_on.wait()
        client.inspect_container("nobody")

    waiting = asyncio.ensure_future(calls.run("look", fail))
    await began.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    go_on.set()
    del waiting
    await asyncio.to_thread(calls._executor.shutdown)
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()

    assert told == []
    calls.close()
