"""The engine's side of a search's process: starts it, hands it parts, ends it when it takes too long or nobody waits."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from workbench.engine.journal.log_reading import Part
from workbench.engine.logs.search_program import LENGTH_BYTES, Answer, Order

LIMIT_S = 10.0
"""How long a few parts of the journal may take, about 2 MB: an ordinary expression takes some 50 ms."""
TOO_SLOW = ("This expression takes too long on some lines of the log. Make it simpler: repetitions inside repetitions are what "
            "takes long.")
_ENDED = "The search has ended without an answer. Start it again."
_MODULE = "workbench.engine.logs.search_program"

_decode = msgspec.msgpack.Decoder(Answer).decode


class SearchProcess:
    """A running process. Use it on the engine's loop. `problem`: why it cannot go on, "" while it can."""

    def __init__(self, process: asyncio.subprocess.Process | None, problem: str = "") -> None:
        self._process = process
        self.problem = problem

    async def ask(self, parts: Sequence[Part]) -> Answer:
        """Return what parts have; nothing, and a `problem`, if it takes too long."""
        return await self._exchanged(msgspec.msgpack.encode(parts))

    async def begin(self, order: Order) -> Answer:
        """Hand over the order. The answer says what is wrong with it, if anything is."""
        return await self._exchanged(msgspec.msgpack.encode(order))

    async def _exchanged(self, message: bytes) -> Answer:
        try:
            async with asyncio.timeout(LIMIT_S):
                answer = await self._answered(message)
        except TimeoutError:
            answer = Answer(problem=TOO_SLOW)
        except (asyncio.IncompleteReadError, OSError, msgspec.MsgspecError):
            answer = Answer(problem=_ENDED)
        self.problem = answer.problem
        return answer

    async def _answered(self, message: bytes) -> Answer:
        assert self._process is not None
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None
        assert answers is not None
        given.write(len(message).to_bytes(LENGTH_BYTES, "little") + message)
        await given.drain()
        length = int.from_bytes(await answers.readexactly(LENGTH_BYTES), "little")
        return _decode(await answers.readexactly(length))


@contextlib.asynccontextmanager
async def search_process() -> AsyncIterator[SearchProcess]:
    """Start a process, which is ended with the block. Raises OSError if it cannot be started."""
    # -P keeps modules of the current folder, perhaps a clone's, from being imported.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", _MODULE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, cwd=Path.home())
    try:
        yield SearchProcess(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await asyncio.shield(process.wait())
