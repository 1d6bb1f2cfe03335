"""Asks for credentials in a process of their own, within a time limit. On the engine's loop, which waits for nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import psutil

from workbench.engine.credentials.failures import Failed, none_in_time, unavailable
from workbench.engine.credentials.values import Resolved, Source

LIMIT_S = 30.0
"""How long a profile may take: its own program, a sign-in service and STS, one after the other."""
_PROGRAM = Path(__file__).with_name("asking_program.py")
Ask = Callable[[Source], Awaitable[Resolved]]
"""Returns credentials. Raises CredentialsUnavailable."""


class _Question(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    profile: str = ""
    role_arn: str = ""
    region: str = ""
    lists: bool = False


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    credentials: Resolved | None = None
    failure: Failed | None = None
    profiles: tuple[str, ...] = ()


async def ask(source: Source) -> Resolved:
    """Return the credentials of a profile or a role. Raises CredentialsUnavailable with what to do about it."""
    question = _Question(profile=source.profile, role_arn=source.role_arn, region=source.region)
    answer = await _answered(question, source)
    if answer.credentials is None:
        raise unavailable(source, answer.failure or Failed(code="other", said="no answer"))
    return answer.credentials


async def profiles() -> tuple[str, ...]:
    """Return the names of this machine's profiles. Raises CredentialsUnavailable if the AWS configuration cannot be read."""
    answer = await _answered(_Question(lists=True), Source())
    return answer.profiles


async def _answered(question: _Question, source: Source) -> _Answer:
    try:
        # -P keeps modules of the current folder, perhaps a clone's, from being imported; and from the person's home, a relative
        # path in their AWS configuration never leads into a clone.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(_PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, cwd=Path.home(), start_new_session=True)
    except OSError as error:
        raise unavailable(source, Failed(code="other", said=error.strerror or str(error))) from error
    try:
        async with asyncio.timeout(LIMIT_S):
            answer, _ = await process.communicate(msgspec.json.encode(question))
    except TimeoutError:
        raise none_in_time(source, LIMIT_S) from None
    finally:
        await _end(process)
    try:
        return msgspec.json.decode(answer, type=_Answer)
    except msgspec.MsgspecError:
        raise unavailable(source, Failed(code="other", said=f"no answer (status {process.returncode})")) from None


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process, and what it started, if it has not ended by itself."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError, psutil.Error):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # a session of its own, so that the program of a profile ends with it
        else:
            for each in (*psutil.Process(process.pid).children(recursive=True), process):
                each.kill()
    await asyncio.shield(process.wait())
