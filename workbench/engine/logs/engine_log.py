"""What callers may ask of the log: where it begins and ends, entries by place or number, searches that stream, files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from workbench.engine.events.stream import Stream
from workbench.engine.journal.contents import Contents
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.log_reading import LogReading, Part, SearchPlan, packed
from workbench.engine.logs.metric_lines import MARK
from workbench.engine.logs.search_process import SearchProcess, search_process
from workbench.engine.logs.search_program import Answer, Form, Order
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import LogExtent, LogFileForm, LogFilter, SearchStep

if TYPE_CHECKING:
    from workbench.engine.logs.sifting import Chunk, Progress, Sifting

FOLLOWED_AT_ONCE = 5_000
MOST_AT_ONCE = 32
"""How many blocks are handed to a search at a time, about 8 MB, if it was quick so far."""
QUICK_S = 0.05
"""If it took longer, it is given fewer."""
MOST_SEARCHES = 16
"""How many searches may go on at a time: each has a process of 25 MB. A window has two."""
TOO_MANY = "Too many searches of this engine's log go on at a time. Stop one of them, or close a window."
METRICS = LogFilter(text=MARK)
"""Finds the lines that have metrics."""
_NOTHING = SearchPlan([], 0, [], {}, 0, 0)

T = TypeVar("T")


class EngineLog:
    """The log of one engine. Use it on the engine's loop. The journal's thread reads; each search has a process that looks."""

    def __init__(self, journal: Journal, stream: Stream) -> None:
        self._journal = journal
        self._stream = stream
        self.searching = 0
        """How many searches and files are being made."""

    async def extent(self) -> LogExtent:
        """Return where the log begins and ends."""
        return await self._look(LogReading.extent, LogExtent(first=0, end=0, seq=0))

    async def page(self, place: int, limit: int) -> list[LogEntry]:
        """Return the entries from a place on."""
        nothing: list[LogEntry] = []
        return await self._look(partial(LogReading.page, place=place, limit=limit), nothing)

    async def picked(self, numbers: Sequence[int]) -> list[LogEntry]:
        """Return entries by the numbers of their events."""
        nothing: list[LogEntry] = []
        return await self._look(partial(LogReading.picked, numbers=numbers), nothing)

    async def search(self, wanted: LogFilter) -> AsyncGenerator[SearchStep, None]:
        """Yield what is found, the newest part of the log first, and then what is new. Never ends unless it cannot go on."""
        async with aclosing(self._answers(wanted, "found")) as answers:
            async for answer, at in answers:
                yield SearchStep(found=answer.found, entries=answer.entries, searched=at.share, looked=at.looked, whole=at.whole,
                                 problem=answer.problem)

    async def metrics(self) -> AsyncGenerator[SearchStep, None]:
        """Yield the samples of metrics in the log, the newest part first, and then new ones."""
        async with aclosing(self._answers(METRICS, "samples")) as answers:
            async for answer, at in answers:
                yield SearchStep(samples=answer.samples, searched=at.share, looked=at.looked, whole=at.whole,
                                 problem=answer.problem)

    async def written(self, wanted: LogFilter, form: LogFileForm) -> AsyncGenerator[bytes | str, None]:
        """Yield all entries that meet a filter as parts of a file, in order; a `str`, the last one, says why it ends."""
        async with self._process() as process:
            plan = await self._begun(process, wanted, form, oldest_first=True)
            if not process.problem:
                async with aclosing(self._sifted(process, _sifting(plan, wanted, in_order=True))) as sifted:
                    async for answer, _ in sifted:
                        yield answer.data
            if not process.problem:
                yield (await process.ask(plan.loose[::-1])).data
            if process.problem:
                yield process.problem

    async def _answers(self, wanted: LogFilter, form: Form) -> AsyncGenerator[tuple[Answer, Progress], None]:
        async with self._process() as process:
            plan = await self._begun(process, wanted, form)
            sifting = _sifting(plan, wanted)
            at = sifting.progress
            if process.problem:
                yield Answer(problem=process.problem), at
                return
            # Closed here and now, also when a search is left: its process must not wait for the garbage collector.
            async with aclosing(self._planned(process, plan, sifting)) as planned:
                async for answer, at in planned:
                    yield answer, at
            if process.problem or wanted.until:
                return
            async with aclosing(self._followed(process, plan.seq)) as followed:
                async for answer in followed:
                    yield answer, at

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[SearchProcess]:
        """Have a process that begins to run, or one with a `problem`."""
        if self.searching >= MOST_SEARCHES:
            yield SearchProcess(None, TOO_MANY)
            return
        self.searching += 1
        try:
            async with search_process() as process:
                yield process
        finally:
            self.searching -= 1

    async def _begun(self, process: SearchProcess, wanted: LogFilter, form: Form, *, oldest_first: bool = False) -> SearchPlan:
        """Give a process its order. The plan is made while it starts."""
        plan = await self._look(partial(LogReading.plan, wanted=wanted, oldest_first=oldest_first), _NOTHING)
        if not process.problem:
            await process.begin(Order(wanted, form, plan.inherited_seq))
        return plan

    async def _planned(
        self, process: SearchProcess, plan: SearchPlan, sifting: Sifting
    ) -> AsyncGenerator[tuple[Answer, Progress], None]:
        at = sifting.progress
        yield await process.ask(plan.loose), at
        if not process.problem:
            async with aclosing(self._sifted(process, sifting)) as sifted:
                async for answer, at in sifted:
                    yield answer, at
        if at.share < 1 and not process.problem:  # the journal cannot be read any more
            yield Answer(), at.over()

    async def _sifted(self, process: SearchProcess, sifting: Sifting) -> AsyncGenerator[tuple[Answer, Progress], None]:
        """Yield what blocks have. The next ones are read while the process looks at those before."""
        at_once = 1  # a single block first: what is found in it is on screen at once
        chunk = await self._chunk(sifting, at_once)
        while chunk is not None and not process.problem:
            begun_s, at = time.monotonic(), chunk.progress
            answer, chunk = await asyncio.gather(_asked(process, chunk.parts), self._chunk(sifting, at_once))
            is_quick = time.monotonic() - begun_s < QUICK_S
            yield answer, at
            at_once = min(at_once * 2, MOST_AT_ONCE) if is_quick else max(at_once // 2, 1)

    async def _chunk(self, sifting: Sifting, most: int) -> Chunk | None:
        """Return the next blocks, None if there are no more or the journal cannot be read."""
        sifted = None if sifting.is_over else await self._look(sifting.look(most), None)
        return None if sifted is None else sifting.take(sifted)

    async def _followed(self, process: SearchProcess, seq: int) -> AsyncGenerator[Answer, None]:
        # What the frames have is not looked at: lines may be left out of them, which the journal has.
        async with aclosing(self._stream.frames(seq)) as frames:
            async for _ in frames:
                while seq < self._stream.seq and (rows := await self._journal.read(seq, FOLLOWED_AT_ONCE)):
                    seq = rows[-1][0]
                    answer = await process.ask(packed(rows))
                    if answer.found or answer.samples or answer.problem:
                        yield answer
                    if process.problem:
                        return

    async def _look(self, look: Callable[[LogReading], T], otherwise: T) -> T:
        return await self._journal.look(partial(_looked, look=look), otherwise)


def _sifting(plan: SearchPlan, wanted: LogFilter, *, in_order: bool = False) -> Sifting:
    from workbench.engine.logs.required import Required  # here, because an engine's start needs no search
    from workbench.engine.logs.sifting import Sifting

    return Sifting(plan, Required(wanted), in_order=in_order)


async def _asked(process: SearchProcess, parts: list[Part]) -> Answer:
    return await process.ask(parts) if parts else Answer()


def _looked(contents: Contents, _: InvocationIndex, *, look: Callable[[LogReading], T]) -> T:
    return look(LogReading(contents))
