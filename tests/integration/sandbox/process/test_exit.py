"""Both ways of learning that a child ended."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import psutil
import pytest

from tests.support.process_sandboxes import WAIT_S, eventually
from workbench.sandbox.process.exit import watch_exit, watch_in_thread


@pytest.mark.parametrize("way", [watch_exit, watch_in_thread])
async def test_the_end_is_told_once_and_frees_what_it_took(way: object) -> None:
    assert callable(way)
    open_before = psutil.Process().num_fds() if sys.platform != "win32" else 0
    process = subprocess.Popen([sys.executable, "-Sc", "raise SystemExit(6)"])  # noqa: ASYNC220 - as the sandbox does
    told: list[str] = []
    ended = asyncio.Event()
    way(process, lambda: (told.append("ended"), ended.set()))
    await asyncio.wait_for(ended.wait(), WAIT_S)
    assert process.wait() == 6
    assert told == ["ended"]
    if sys.platform != "win32":
        await eventually(lambda: psutil.Process().num_fds() <= open_before)
