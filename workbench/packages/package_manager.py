"""Running a package manager: line by line, without a shell, and with all that it starts ended when nobody waits any more."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

from workbench.background import begin_awaited
from workbench.model.failures import SandboxError

LineHandler = Callable[[str], None]
LAST_LINES = 500
_LINE_LIMIT = 32_000
_CHUNK_BYTES = 1 << 16
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_ROUNDS = 200
_ROUND_S = 0.005
END_LIMIT_S = 2.0
"""So long a killed program's output is waited for: what left its session and its parent is not found, and may hold the pipe."""


class ToolEnd(msgspec.Struct, frozen=True):
    """How a program ended: its exit status, and the last of what it wrote."""

    status: int
    last_lines: tuple[str, ...]


async def run_tool(command: Sequence[str], *, folder: Path, variables: Mapping[str, str], line: LineHandler) -> ToolEnd:
    """Run a program in a folder; every line it writes to stdout or stderr is handed to `line` at once.

    Cancelling it kills the program and all that it started before this returns. Raises SandboxError when it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=dict(variables), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True)
    except OSError as error:
        raise SandboxError(f"{command[0]} could not be started: {error.strerror or error}.", "Check its installation.") from error
    last: deque[str] = deque(maxlen=LAST_LINES)
    try:
        assert process.stdout is not None
        await _read_lines(process.stdout, (last.append, line))
        return ToolEnd(await process.wait(), tuple(last))
    finally:
        if process.returncode is None:
            await asyncio.shield(begin_awaited("Ending a build", _end(process)))


async def output_of(command: Sequence[str], *, folder: Path, variables: Mapping[str, str]) -> str | None:
    """The lines a quick program wrote, None when it failed or is not there."""
    lines: list[str] = []
    try:
        end = await run_tool(command, folder=folder, variables=variables, line=lines.append)
    except SandboxError:
        return None
    return "\n".join(lines) if end.status == 0 else None


async def _read_lines(stream: asyncio.StreamReader, handlers: Sequence[LineHandler]) -> None:
    """Lines as people see them: without colours, the last state of a line that is written over, cut where endless."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while chunk := await stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + decoder.decode(chunk)).replace("\r\n", "\n").split("\n")
        rest = rest[-_CHUNK_BYTES:]
        for text in whole:
            _hand_over(text, handlers)
    _hand_over(rest, handlers)


def _hand_over(text: str, handlers: Sequence[LineHandler]) -> None:
    shown = _ESCAPES.sub("", text).rstrip("\r").rpartition("\r")[2].rstrip()
    for handler in handlers if shown else ():
        handler(shown[:_LINE_LIMIT])


async def _end(process: asyncio.subprocess.Process) -> None:
    # Not process.kill(): it asks for the exit status first, and takes it away from the loop that waits for it.
    await asyncio.to_thread(_kill_family, process.pid)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_LIMIT_S):
            await _drain(process)
    process._transport.close()  # type: ignore[attr-defined]  # asyncio has no public way to let go of the pipe


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(_CHUNK_BYTES):
        pass
    await process.wait()


def _kill_family(leader: int) -> None:
    """Kill the group and everything below the leader until all are dead. A child may be born meanwhile: look again. Blocks."""
    for _ in range(_ROUNDS):
        alive = _family(leader)
        if not alive:
            return
        for member in alive:
            with contextlib.suppress(psutil.Error):
                member.kill()
        time.sleep(_ROUND_S)


def _family(leader: int) -> list[psutil.Process]:
    """What is alive of the leader, all below it, and all of its process group, also what lost its parent."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(leader)
        return [member for member in (process, *process.children(recursive=True), *_group(leader)) if _is_alive(member)]
    return _group(leader)


def _group(leader: int) -> list[psutil.Process]:
    found = []
    for pid in psutil.pids() if sys.platform != "win32" else ():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(pid) == leader and _is_alive(member := psutil.Process(pid)):
                found.append(member)
    return found


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
