"""Run package managers and other tools: line by line, without a shell, killing everything they started on cancellation."""

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
"""How long to wait for the end of a killed program's output. A process that left both its session and its parent is not found,
and may keep the pipe open."""


class ToolEnd(msgspec.Struct, frozen=True):
    """How a program ended: its exit status, and up to LAST_LINES of its last lines."""

    status: int
    last_lines: tuple[str, ...]


async def run_tool(command: Sequence[str], *, folder: Path, variables: Mapping[str, str], line: LineHandler) -> ToolEnd:
    """Run a program in a folder. Each line it writes to stdout or stderr is passed to `line` at once.

    Cancelling kills the program and everything it started before this returns. Raises SandboxError when it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=dict(variables), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            # A session of its own makes a process group, by which even orphans are found (`_group`), and lets Ctrl+C in a
            # terminal reach only us, who then end the tool. Without stdin no tool waits for an answer.
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
    """The output of a quick program, None if it failed or does not exist."""
    lines: list[str] = []
    try:
        end = await run_tool(command, folder=folder, variables=variables, line=lines.append)
    except SandboxError:
        return None
    return "\n".join(lines) if end.status == 0 else None


async def _read_lines(stream: asyncio.StreamReader, handlers: Sequence[LineHandler]) -> None:
    """Pass on lines as people see them: without colors, the final state of overwritten lines, and cut if they are endless."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while chunk := await stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + decoder.decode(chunk)).replace("\r\n", "\n").split("\n")
        # A progress bar that is never ended by a newline must not grow without limit.
        rest = rest[-_CHUNK_BYTES:]
        for text in whole:
            _hand_over(text, handlers)
    _hand_over(rest, handlers)


def _hand_over(text: str, handlers: Sequence[LineHandler]) -> None:
    shown = _ESCAPES.sub("", text).rstrip("\r").rpartition("\r")[2].rstrip()
    for handler in handlers if shown else ():
        handler(shown[:_LINE_LIMIT])


async def _end(process: asyncio.subprocess.Process) -> None:
    # Not process.kill(): it polls for the exit status first, and takes it away from the loop, which waits for it.
    await asyncio.to_thread(_kill_family, process.pid)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_LIMIT_S):
            await _drain(process)
    process._transport.close()  # type: ignore[attr-defined]  # asyncio has no public way to close the pipe


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(_CHUNK_BYTES):
        pass
    await process.wait()


def _kill_family(leader: int) -> None:
    """Kill the leader's process group and descendants, repeatedly because they may start new processes meanwhile. Blocks."""
    for _ in range(_ROUNDS):
        alive = _family(leader)
        if not alive:
            return
        for member in alive:
            with contextlib.suppress(psutil.Error):
                member.kill()
        time.sleep(_ROUND_S)


def _family(leader: int) -> list[psutil.Process]:
    """The living processes among the leader, its descendants, and its process group, which includes orphans."""
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
