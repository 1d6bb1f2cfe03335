"""What a container writes, handed to the loop without a thread per container.

Two ways. `PipeOutput`: a named pipe of ours, mounted into the container; whatever was written is in the pipe at once, so
draining is one read that finds all of it. It needs containers on this machine's kernel and a /bin/sh in the image.
`AttachedOutput`: the engine's attach stream, everywhere else; it arrives a moment later, so draining waits until it is quiet.
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
from workbench.sandbox.docker.first_process import OUTPUT_PIPE
from workbench.sandbox.docker.init_trace import MOUNTED_AT
from workbench.sandbox.paced_reader import LoopShare, PacedReader
from workbench.sandbox.protocol import OutputHandler

SETTLE_MS = 15.0
"""How long an attach stream must be quiet until what was written before is taken to have arrived."""

_PIPE_BYTES = 1 << 18
_READ_BYTES = 1 << 16
_READ_AHEAD = 4
"""Reads of a thread that the loop has not taken yet; then the thread waits, and so does the container."""
_FRAME_HEADER = struct.Struct(">BxxxL")


class ContainerOutput(Protocol):
    """Delivers a container's output to the OutputHandler, on the loop."""

    async def drain(self) -> None:
        """Return when everything written so far was delivered."""

    def close(self) -> None:
        """Deliver what is there, stop, leave nothing behind. Idempotent."""


def make_run_folder(folder: Path) -> Path:
    """The folder that a container sees at RUN_FOLDER, with PipeOutput's pipe. From any thread; needs POSIX. Raises OSError."""
    mount_point = folder / Path(MOUNTED_AT).name
    mount_point.mkdir(parents=True, exist_ok=True)
    make_pipe(folder / OUTPUT_PIPE)
    for each in (folder, mount_point):
        each.chmod(0o755)
    return folder


def make_pipe(path: Path) -> Path:
    """A named pipe for PipeOutput. From any thread; needs POSIX. Raises OSError."""
    os.mkfifo(path, 0o622)
    path.chmod(0o622)  # past the umask: the container's user writes it, nobody but us reads it
    return path


class PipeOutput:
    """A named pipe (`make_pipe`) that the container writes and the loop reads. Make it on the loop, before the start."""

    def __init__(self, path: Path, handler: OutputHandler, share: LoopShare | None = None) -> None:
        self.path = path
        # Opened for both directions: no writer must be there yet, and the last one leaving is no end of file.
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        _enlarge(self._fd)
        self._reader = PacedReader(self._fd, handler, share)

    async def drain(self) -> None:
        """Deliver what is in the pipe now; a writer that never stops cannot hold it up."""
        await self._reader.drain()

    def close(self) -> None:
        """Deliver the rest, remove the pipe."""
        if self._fd < 0:
            return
        self._reader.drain_now()
        self._reader.close()
        os.close(self._fd)
        self._fd = -1
        self.path.unlink(missing_ok=True)


class FrameDecoder:
    """Takes the engine's multiplexed stream apart: 8 bytes of header (stream, length), then the data."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        """The output in what has become complete, stdout and stderr in the order they came."""
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
    """The attach stream of a container (attached before its start). Make it on the loop."""

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
            # Windows' named pipes cannot be given to the loop.
            begin_thread("Reading a container's output", self._read_blocking)

    async def drain(self) -> None:
        """Return when nothing has come for SETTLE_MS."""
        while not self._ended:
            if self._reader is not None and self._reader.is_pausing:
                await self._reader.drain()
            self._arrived.clear()
            try:
                async with asyncio.timeout(SETTLE_MS / 1000):
                    await self._arrived.wait()
            except TimeoutError:
                return

    def close(self) -> None:
        """Hang up."""
        if self._reader is not None:
            self._reader.close()
        self._ended = True
        self._room.release()
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
    """A burst of lines should not make the runtime wait for us. More than the user's limit is refused: then it stays 64 KiB."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
