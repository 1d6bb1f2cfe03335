"""Floods of output: they wait in their pipe, and neither the loop nor quiet pipes wait for them."""

from __future__ import annotations

import os
import sys
import time

import pytest

from tests.support.engines import until
from workbench.sandbox.paced_reader import BURST_S, LEAST_BYTES, LoopShare, PacedReader, pending_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="add_reader")


class _Costly:
    """A handler that takes so long for each byte."""

    def __init__(self, cost_s: float) -> None:
        self.cost_s = cost_s
        self.sizes: list[int] = []

    def __call__(self, data: bytes) -> None:
        until_s = time.perf_counter() + self.cost_s * len(data)
        while time.perf_counter() < until_s:
            pass
        self.sizes.append(len(data))


def _pipe(data: bytes = b"") -> tuple[int, int]:
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    if data:
        os.write(write_end, data)
    return read_end, write_end


def _close(reader: PacedReader, *ends: int) -> None:
    reader.close()
    for end in ends:
        os.close(end)


async def test_what_is_costly_is_read_in_small_parts_and_what_is_cheap_in_large_ones() -> None:
    dear, cheap = _Costly(1e-6), _Costly(0)
    for handler in (dear, cheap):
        read_end, write_end = _pipe(b"x" * 60_000)
        reader = PacedReader(read_end, handler)
        await reader.drain()
        assert sum(handler.sizes) == 60_000
        _close(reader, read_end, write_end)
    assert max(dear.sizes) <= 8 * LEAST_BYTES
    assert max(cheap.sizes) >= 8_192


async def test_a_flood_waits_in_its_pipe_and_a_quiet_pipe_does_not() -> None:
    share, flood, quiet = LoopShare(), _Costly(2e-6), _Costly(0)
    (full, fill), (other, say) = _pipe(b"x" * 60_000), _pipe()
    flooded, listening = PacedReader(full, flood, share), PacedReader(other, quiet, share)
    await until(lambda: flooded.is_pausing)
    handled_s = sum(flood.sizes) * flood.cost_s
    assert handled_s < 10 * BURST_S
    assert pending_bytes(full) > 0
    os.write(say, b"hello")
    await listening.drain()
    assert quiet.sizes == [5]
    _close(flooded, full, fill)
    _close(listening, other, say)


async def test_a_handler_that_has_too_much_is_left_alone() -> None:
    taken: list[bytes] = []

    def full(data: bytes) -> bool:
        taken.append(data)
        return True

    read_end, write_end = _pipe(b"x" * 10_000)
    reader = PacedReader(read_end, full)
    reader.read_some()
    assert len(taken) == 1
    assert reader.is_pausing
    _close(reader, read_end, write_end)


async def test_the_end_is_told_once() -> None:
    ends: list[int] = []
    read_end, write_end = _pipe(b"last")
    reader = PacedReader(read_end, lambda _: None, at_end=lambda: ends.append(1))
    os.close(write_end)
    await until(lambda: ends)
    reader.read_some()
    assert ends == [1]
    _close(reader, read_end)
