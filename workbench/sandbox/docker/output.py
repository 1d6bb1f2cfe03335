"""Delivers what a container writes to the loop, without a thread per container.

There are two ways. `PipeOutput` is a named pipe of ours, mounted into the container. What was written is in the pipe at once, so
one read drains all of it. It takes containers on this machine's kernel and a /bin/sh in the image. `AttachedOutput` is the
engine's attach stream, used everywhere else. Its data arrives a moment later, so draining waits until it is quiet.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
import threading
from pathlib import Path
from typing import Any, Protocol

from workbench.background import begin_thread
from workbench.sandbox.docker.engine_info import EngineInfo
from workbench.sandbox.docker.first_process import OUTPUT_PIPE
from workbench.sandbox.docker.images import ImageFacts
from workbench.sandbox.docker.init_trace import MOUNTED_AT
from workbench.sandbox.paced_reader import LoopShare, PacedReader
from workbench.sandbox.protocol import OutputHandler

SETTLE_MS = 15.0
"""How long an attach stream must be quiet before earlier output is taken to have arrived."""

_PIPE_BYTES = 1 << 18
_READ_BYTES = 1 << 16
_READ_AHEAD = 4
"""How many reads a thread may be ahead of the loop. Then the thread waits, and with it the container."""
_FRAME_HEADER = struct.Struct(">BxxxL")


class ContainerOutput(Protocol):
    """Delivers a container's output to the OutputHandler, on the loop."""

    async def drain(self) -> None:
        """Return when everything written so far has been delivered."""

    def close(self) -> None:
        """Deliver what has arrived, stop, and leave nothing behind. Idempotent."""


def has_pipe(engine: EngineInfo, image: ImageFacts) -> bool:
    """Whether output comes through our pipe and a trace through a file, which takes one kernel and a shell to redirect to it."""
    return engine.shares_kernel and image.has_shell


def make_run_folder(folder: Path) -> Path:
    """Make the folder that a container sees at RUN_FOLDER, with PipeOutput's pipe. Any thread; POSIX only. Raises OSError."""
    # The container mounts this folder read-only, so the engine cannot make the trace's mount point in it.
    mount_point = folder / Path(MOUNTED_AT).name
    mount_point.mkdir(parents=True, exist_ok=True)
    make_pipe(folder / OUTPUT_PIPE)
    for each in (folder, mount_point):
        each.chmod(0o755)
    return folder


def make_pipe(path: Path) -> Path:
    """Make a named pipe for PipeOutput. Any thread; POSIX only. Raises OSError."""
    os.mkfifo(path, 0o622)
    path.chmod(0o622)  # mkfifo obeys the umask, but the container's user must be able to write; only we may read
    return path


class PipeOutput:
    """A named pipe (`make_pipe`) that the container writes and the loop reads. Create it on the loop, before the start."""

    def __init__(self, path: Path, handler: OutputHandler, share: LoopShare | None = None) -> None:
        self.path = path
        # Opened in both directions: that needs no writer yet, and when the last writer leaves there is no end of file.
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        _enlarge(self._fd)
        self._reader = PacedReader(self._fd, handler, share)

    async def drain(self) -> None:
        """Deliver what is in the pipe now; a writer that never stops cannot delay the return."""
        await self._reader.drain()

    def close(self) -> None:
        """Deliver the rest and remove the pipe. Idempotent."""
        if self._fd < 0:
            return
        self._reader.drain_now()
        self._reader.close()
        os.close(self._fd)
        self._fd = -1
        self.path.unlink(missing_ok=True)


class FrameDecoder:
    """Decodes the engine's multiplexed stream: frames of an 8-byte header (stream, length) and the data."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Add data; returns the output of all frames that are complete now, stdout and stderr in the order of arrival."""
        self._buffer += data
        parts = []
        while len(self._buffer) >= _FRAME_HEADER.size:
            _, length = _FRAME_HEADER.unpack_from(self._buffer)
            end = _FRAME_HEADER.size + length
            if len(self._buffer) < end:
                break
            parts.append(bytes(self._buffer[_FRAME_HEADER.size:end]))
            del self._buffer[:end]
        return b"".join(parts)


class AttachedOutput:
    """The attach stream of a container (attached before its start). Create it on the loop."""

    def __init__(self, stream: Any, handler: OutputHandler, share: LoopShare | None = None) -> None:
        self._stream = stream
        self._handler = handler
        self._decoder = FrameDecoder()
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._ended = False
        self._socket = getattr(stream, "_sock", None) if sys.platform != "win32" else None
        self._reader: PacedReader | None = None
        self._room = threading.Semaphore(_READ_AHEAD)
        if self._socket is not None:
            self._socket.setblocking(False)
            self._reader = PacedReader(self._socket.fileno(), self._take, share, at_end=self._at_end)
        else:
            # The loop cannot read the SDK's named pipes of Windows.
            begin_thread("Reading a container's output", self._read_blocking)

    async def drain(self) -> None:
        """Return when nothing has arrived for SETTLE_MS."""
        while not self._ended:
            # A reader that pauses makes the stream look quiet although more is waiting.
            if self._reader is not None and self._reader.is_pausing:
                await self._reader.drain()
            self._arrived.clear()
            try:
                async with asyncio.timeout(SETTLE_MS / 1000):
                    await self._arrived.wait()
            except TimeoutError:
                return

    def close(self) -> None:
        """Close the stream. Idempotent."""
        if self._reader is not None:
            self._reader.close()
        self._ended = True
        self._room.release()  # a thread that waits for room must see that it is over
        self._arrived.set()
        with contextlib.suppress(OSError):
            self._stream.close()
        if self._socket is not None:
            self._socket.close()

    def _read_blocking(self) -> None:
        data = b"-"
        while data and not self._ended:
            try:
                data = self._stream.recv(_READ_BYTES)
            except (OSError, ValueError):
                data = b""
            self._room.acquire()
            with contextlib.suppress(RuntimeError):  # the loop has ended before us
                self._loop.call_soon_threadsafe(self._take_read, data)

    def _take_read(self, data: bytes) -> None:
        self._room.release()
        if data:
            self._take(data)
        else:
            self._at_end()

    def _take(self, data: bytes) -> bool | None:
        self._arrived.set()
        output = self._decoder.feed(data)
        return self._handler(output) if output else None

    def _at_end(self) -> None:
        self._ended = True
        self._arrived.set()


def _enlarge(descriptor: int) -> None:
    """Enlarge a pipe, so that a burst of lines does not make the runtime wait. Beyond the user's limit it stays at 64 KiB."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
