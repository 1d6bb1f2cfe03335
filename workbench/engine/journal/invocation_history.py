"""What callers may ask of the journal about invocations and log lines, in pages, and never in the way of what is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from workbench.engine.journal.contents import Contents
from workbench.engine.journal.cost_figures import cost_in_sql
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.past_reading import NO_COST
from workbench.engine.journal.rows import NEWEST
from workbench.engine.journal.searching import Search, Stretch, text_of
from workbench.model.events import StreamEvent
from workbench.model.past_invocations import (
    InvocationPage,
    LinePage,
    LogLine,
    Mark,
    PastInvocation,
    PastInvocationFilter,
    Place,
)
from workbench.model.prices import PriceTable

SEARCH_LIMIT_S = 5.0
"""How long one search for a text may take. Its answer then has what was found so far and says where to go on."""

T = TypeVar("T")
Found: TypeAlias = tuple[Search, Stretch[T]]
"""What one stretch of a search found, and the search as it goes on: it may have been looked for in another process."""


class InvocationHistory:
    """Invocations and log lines of one journal, the latest first. Use it on the engine's loop."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def invocations(
        self, wanted: PastInvocationFilter, *, text: str = "", place: Place = "log", before: int = NEWEST, limit: int = 100,
        skip: int = 0, prices: PriceTable | None = None,
    ) -> InvocationPage:
        """Return a page of invocations; with a text those that logged it, in the order of their last such lines.

        `place` is where the text is looked for. A search that takes too long, and one for figures that no index has, gives a page
        that is shorter, or empty, and has a `next`. `skip` leaves out that many; it counts for what an index has, without a text.
        A filter for cost needs `prices`.
        """
        cost = cost_in_sql(prices) if prices is not None else NO_COST
        if text:
            search = partial(_with_text, wanted=wanted, cost=cost)
            found, begin = await self._filled(limit, Search(text, before, place), search)
            return InvocationPage(invocations=found, next=begin)
        nothing: tuple[list[PastInvocation], int | None] = [], None
        page, begin = await self._journal.look(
            partial(_page, before=before, limit=limit, wanted=wanted, skip=skip, cost=cost), nothing)
        return InvocationPage(invocations=page, next=begin)

    async def count(self, wanted: PastInvocationFilter) -> int | None:
        """Return how many invocations there are, None where counting them would take long."""
        nothing: int | None = 0
        return await self._journal.look(partial(_count, wanted=wanted), nothing)

    async def one(self, seq: int) -> PastInvocation | None:
        """Return an invocation by the number of its first event; None if there is none."""
        nothing: dict[int, PastInvocation] = {}
        found = await self._journal.look(partial(_one, seq=seq), nothing)
        return found.get(seq)

    async def mark(self, seqs: Sequence[int], mark: Mark) -> int:
        """Give invocations a star or a name, or take it. Return how many of them there are. Raises EngineError."""
        return await self._journal.change(partial(_mark, seqs=seqs, mark=mark))

    async def forget(self, seqs: Sequence[int]) -> int:
        """Delete invocations, with all attempts of their requests, and everything that they left. Return how many.

        Raises EngineError.
        """
        return await self._journal.forget(seqs)

    async def lines(self, text: str, *, function_name: str = "", before: int = NEWEST, limit: int = 100) -> LinePage:
        """Return a page of log lines with a text ("": of all lines), of a function or of all ("")."""
        found, begin = await self._filled(limit, Search(text, before), partial(_lines, function_name=function_name))
        return LinePage(lines=list(map(_line, found)), next=begin)

    async def _filled(self, limit: int, search: Search, stretch: Callable[..., Found[T]]) -> tuple[list[T], int | None]:
        """Return what is found stretch by stretch, and where to go on; None when all was looked at."""
        found: list[T] = []
        until_s = time.monotonic() + SEARCH_LIMIT_S
        while True:
            look: Callable[[Contents, InvocationIndex], Found[T]] = partial(stretch, search=search, most=limit - len(found))
            search, latest = await self._journal.look(look, (search, Stretch[T]([])))
            found += latest.found
            if latest.next is None or len(found) == limit or time.monotonic() > until_s:
                return found, latest.next


def _page(
    _: Contents, index: InvocationIndex, *, before: int, limit: int, wanted: PastInvocationFilter, skip: int, cost: str
) -> tuple[list[PastInvocation], int | None]:
    index.past.take_cost(cost)
    return index.past.page(before, limit, wanted, skip)


def _count(_: Contents, index: InvocationIndex, *, wanted: PastInvocationFilter) -> int | None:
    return index.past.count(wanted)


def _one(_: Contents, index: InvocationIndex, *, seq: int) -> dict[int, PastInvocation]:
    return index.past.among([seq], PastInvocationFilter())


def _mark(index: InvocationIndex, *, seqs: Sequence[int], mark: Mark) -> int:
    return index.marks.put(seqs, mark)


def _with_text(
    contents: Contents, index: InvocationIndex, *, search: Search, wanted: PastInvocationFilter, cost: str, most: int
) -> Found[PastInvocation]:
    index.past.take_cost(cost)
    return search, search.invocations(contents, index, wanted, most)


def _lines(
    contents: Contents, _: InvocationIndex, *, search: Search, function_name: str, most: int
) -> Found[StreamEvent]:
    return search, search.lines(contents, function_name, most)


def _line(event: StreamEvent) -> LogLine:
    return LogLine(
        seq=event.seq, time_ms=event.time_ms, text=text_of(event), function_name=event.function_name,
        request_id=event.request_id, environment_id=event.environment_id, source=event.type)
