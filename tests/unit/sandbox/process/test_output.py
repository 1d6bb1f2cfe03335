"""The output pipe alone, read by the loop and by polling as on Windows."""

from __future__ import annotations

import os
import sys

import psutil
import pytest

from tests.support.process_sandboxes import Collected
from workbench.sandbox.paced_reader import Waiter, pending_bytes, poll_for_output, wait_for_readable
from workbench.sandbox.process.output import OutputPipe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="add_reader")
WAYS = [wait_for_readable, poll_for_output]


@pytest.mark.parametrize("way", WAYS)
async def test_output_arrives_by_itself(way: Waiter) -> None:
    output = Collected()
    pipe = OutputPipe(output, None, way)
    os.write(pipe.write_end, b"hello")
    assert await output.until(b"hello") == b"hello"
    pipe.close()


@pytest.mark.parametrize("way", WAYS)
async def test_drain_empties_the_pipe_at_once(way: Waiter) -> None:
    output = Collected()
    pipe = OutputPipe(output, None, way)
    os.write(pipe.write_end, b"a" * 50_000)
    await pipe.drain()
    assert len(output.data) == 50_000
    assert pending_bytes(pipe.read_end) == 0
    pipe.close()


@pytest.mark.parametrize("way", WAYS)
async def test_close_hands_over_the_rest_and_frees_both_ends(way: Waiter) -> None:
    output = Collected()
    open_before = psutil.Process().num_fds()
    pipe = OutputPipe(output, None, way)
    os.write(pipe.write_end, b"rest")
    pipe.close()
    pipe.close()
    assert output.data == b"rest"
    assert psutil.Process().num_fds() == open_before


async def test_the_end_of_the_pipe_stops_the_waiting() -> None:
    output = Collected()
    pipe = OutputPipe(output)
    os.write(pipe.write_end, b"last")
    pipe.close_write_end()
    await output.until(b"last")
    pipe.read_some()
    await pipe.drain()
    assert output.data == b"last"
    pipe.close()
