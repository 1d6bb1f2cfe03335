"""Output of containers: the pipe that is ours, the engine's multiplexed stream, and both with a real container."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox.docker.output import AttachedOutput, FrameDecoder, PipeOutput, make_pipe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX")


def frame(data: bytes, stream: int = 1) -> bytes:
    return struct.pack(">BxxxL", stream, len(data)) + data


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=50)), max_size=8), st.integers(1, 20))
def test_frames_are_put_together_however_they_arrive(frames: list[tuple[int, bytes]], step: int) -> None:
    wire = b"".join(frame(data, stream) for stream, data in frames)
    decoder = FrameDecoder()
    pieces = [decoder.feed(wire[start:start + step]) for start in range(0, len(wire), step)]
    assert b"".join(pieces) == b"".join(data for _, data in frames)


async def test_drain_delivers_what_is_in_the_pipe_at_once(tmp_path: Path) -> None:
    output = bytearray()
    pipe = PipeOutput(make_pipe(tmp_path / "output"), output.extend)
    writer = os.open(pipe.path, os.O_WRONLY)
    os.write(writer, b"x" * 200_000)  # more than one read
    await pipe.drain()
    assert len(output) == 200_000
    os.write(writer, b"last")
    os.close(writer)
    pipe.close()
    pipe.close()
    assert output.endswith(b"last")
    assert not pipe.path.exists()


async def test_everybody_may_write_the_pipe_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    pipe = PipeOutput(make_pipe(tmp_path / "output"), bytearray().extend)
    assert stat.S_IMODE(pipe.path.stat().st_mode) == 0o622
    pipe.close()


async def test_drain_of_an_attached_stream_waits_until_it_is_quiet() -> None:
    output = bytearray()
    ours, engines = socket.socketpair()

    class Stream:
        _sock = ours

        def close(self) -> None:
            ours.close()

    attached = AttachedOutput(Stream(), output.extend)
    engines.sendall(frame(b"one"))
    draining = asyncio.ensure_future(attached.drain())
    for word in (b"two", b"three"):
        await asyncio.sleep(0)
        engines.sendall(frame(word, 2))
    await draining
    assert output == b"onetwothree"
    engines.sendall(frame(b"end"))
    engines.close()
    await attached.drain()
    assert output.endswith(b"end")
    attached.close()
    attached.close()


async def test_a_stream_that_the_loop_can_not_watch_is_read_in_a_thread() -> None:
    output = bytearray()
    ours, engines = socket.socketpair()

    attached = AttachedOutput(ours, output.extend)  # no `_sock`, as on Windows' named pipes
    engines.sendall(frame(b"one") + frame(b"two"))
    engines.close()
    await attached.drain()
    while not attached._ended:
        await attached.drain()
    assert output == b"onetwo"
    attached.close()
