"""What callers may ask of the journal about invocations and log lines, in pages, and never in the way of what is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import TypeAlias, TypeVar

from workbench.engine.journal.conditions import is_whole_id
from workbench.engine.journal.contents import Contents
from workbench.engine.journal.cost_figures import NO_COST, CostInSql, cost_in_sql
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.journal import Journal
from workbench.engine.journal.removed import Removed
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

FILTER_LIMIT_S = 0.25
"""How long a look for what no index has may take, a moment at a time. Its answer then says where to go on."""
MOST_FEW = 500
"""Of so many invocations that a filter leaves, a text is looked for in their own blocks only."""

T = TypeVar("T")
Found: TypeAlias = tuple[Search, Stretch[T]]
"""What one stretch of a search found, and the search as it goes on: it may have been looked for in another process."""


class InvocationHistory:
    """Invocations and log lines of one journal, the latest first. Use it on the engine's loop."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def invocations(
        self, wanted: PastInvocationFilter, *, text: str = "", place: Place = "log", before: int = NEWEST, limit: int = 100,
        skip: int = 0, total: bool = False, prices: PriceTable | None = None,
    ) -> InvocationPage:
        """Return a page of invocations; with a text those that logged it, in the order of their last such lines.

        `place` is where the text is looked for. A search that takes too long, and one for figures that no index has, gives a page
        that is shorter, or empty, and has a `next`. `skip` leaves out that many; it counts for what an index has, without a text.
        With `total`, all are counted at the same moment, whatever texts they have, where that does not take long. A filter for
        cost needs `prices`.
        """
        cost = cost_in_sql(prices) if prices is not None else NO_COST
        if text:
            search = Search(text, before, place, await self._blocks_of_few(wanted, cost))
            found, begin = await self._filled(limit, search, partial(_with_text, wanted=wanted, cost=cost))
            return InvocationPage(invocations=found, next=begin, total=await self.count(wanted) if total else None)
        if is_whole_id(wanted.request_id):
            return await self._of_request(wanted, before, limit, cost)
        return await self._found(wanted, before, limit, cost, skip, total)

    async def _found(
        self, wanted: PastInvocationFilter, before: int, limit: int, cost: CostInSql, skip: int = 0, total: bool = False
    ) -> InvocationPage:
        until_s = time.monotonic() + FILTER_LIMIT_S
        page = await self._page(wanted, before, limit, cost, skip, total)
        while page.next is not None and len(page.invocations) < limit and time.monotonic() < until_s:
            more = await self._page(wanted, page.next, limit - len(page.invocations), cost)
            page = InvocationPage(invocations=page.invocations + more.invocations, next=more.next, total=page.total)
        return page

    async def _page(
        self, wanted: PastInvocationFilter, before: int, limit: int, cost: CostInSql, skip: int = 0, total: bool = False
    ) -> InvocationPage:
        """Return what is found in a moment, and the number of all as of the same one: between two, others may begin."""
        look = partial(_page, wanted=wanted, before=before, limit=limit, cost=cost, skip=skip, total=total)
        return await self._journal.look(look, InvocationPage(invocations=[]))

    async def _of_request(
        self, wanted: PastInvocationFilter, before: int, limit: int, cost: CostInSql
    ) -> InvocationPage:
        """Return the attempts of one request: its events are found by its ID, and its rows by them."""
        nothing: list[PastInvocation] = []
        look = partial(_of_request, wanted=wanted, before=before, limit=limit, cost=cost)
        found = await self._journal.look(look, nothing)
        return InvocationPage(invocations=found, next=found[-1].seq if len(found) == limit else None)

    async def _blocks_of_few(self, wanted: PastInvocationFilter, cost: CostInSql) -> frozenset[int] | None:
        """Return the blocks that have events of the invocations that a filter leaves; None if it leaves many.

        A text may be in every block. Where no invocation that has it is one of a few, looking through all of them would take
        minutes.
        """
        if wanted == PastInvocationFilter():
            return None
        until_s, some, before = time.monotonic() + SEARCH_LIMIT_S, list[PastInvocation](), NEWEST
        while len(some) < MOST_FEW and time.monotonic() < until_s:
            look = self._of_request if is_whole_id(wanted.request_id) else self._found
            page = await look(wanted, before, MOST_FEW - len(some), cost)
            some += page.invocations
            if page.next is None:
                nothing: frozenset[int] = frozenset()
                request_ids = [each.request_id for each in some]
                return await self._journal.look(partial(_blocks_of, request_ids=request_ids), nothing)
            before = page.next
        return None

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

    async def count(self, wanted: PastInvocationFilter) -> int | None:
        """Return how many invocations there are, None where counting them would take long."""
        nothing: int | None = 0
        return await self._journal.look(partial(_count, wanted=wanted), nothing)

    async def one(self, seq: int) -> PastInvocation | None:
        """Return an invocation by the number of its first event; None if there is none."""
        nothing: list[PastInvocation] = []
        found = await self._journal.look(partial(_some, seqs=[seq]), nothing)
        return found[0] if found else None

    async def some(self, seqs: Sequence[int]) -> list[PastInvocation]:
        """Return those of the invocations that have these first events."""
        nothing: list[PastInvocation] = []
        return await self._journal.look(partial(_some, seqs=seqs), nothing)

    async def whole_event(self, seq: int) -> bytes | None:
        """Return what an invocation was sent, where the stream tells only the beginning; None if it does not, or that is all.

        `seq` is the number of its first event.
        """
        nothing: bytes | None = None
        return await self._journal.look(partial(_whole_event, seq=seq), nothing)

    async def mark(self, seqs: Sequence[int], mark: Mark) -> int:
        """Give invocations a star or a name, or take it. Return how many of them there are. Raises EngineError."""
        return await self._journal.change(partial(_mark, seqs=seqs, mark=mark))

    async def forget(self, seqs: Sequence[int], removed: Removed | None = None) -> int:
        """Delete invocations, with all attempts of their requests, and everything that they left. Return how many.

        `removed` takes it, as long as that can be undone. Raises EngineError, and TooMuch.
        """
        return await self._journal.forget(seqs, removed)

    async def restore(self, removed: Removed) -> int:
        """Put back what was deleted, but for what has been pruned since. Return how many. Raises EngineError."""
        return await self._journal.restore(removed)

    async def lines(self, text: str, *, function_name: str = "", before: int = NEWEST, limit: int = 100) -> LinePage:
        """Return a page of log lines with a text ("": of all lines), of a function or of all ("")."""
        found, begin = await self._filled(limit, Search(text, before), partial(_lines, function_name=function_name))
        return LinePage(lines=list(map(_line, found)), next=begin)


def _page(
    _: Contents, index: InvocationIndex, *, wanted: PastInvocationFilter, before: int, limit: int, cost: CostInSql, skip: int,
    total: bool
) -> InvocationPage:
    index.past.take_cost(cost)
    found, begin = index.past.page(before, limit, wanted, skip)
    return InvocationPage(invocations=found, next=begin, total=index.past.count(wanted) if total else None)


def _of_request(
    contents: Contents, index: InvocationIndex, *, wanted: PastInvocationFilter, before: int, limit: int, cost: CostInSql
) -> list[PastInvocation]:
    index.past.take_cost(cost)
    begun = [seq for seq in contents.begun_by(wanted.request_id.lower()) if seq < before]
    return sorted(index.past.among(begun[-limit:], wanted).values(), key=lambda past: -past.seq)


def _blocks_of(contents: Contents, _: InvocationIndex, *, request_ids: Sequence[str]) -> frozenset[int]:
    return frozenset(chain.from_iterable(map(contents.blocks_of, request_ids)))


def _count(_: Contents, index: InvocationIndex, *, wanted: PastInvocationFilter) -> int | None:
    return index.past.count(wanted)


def _some(_: Contents, index: InvocationIndex, *, seqs: Sequence[int]) -> list[PastInvocation]:
    parts = (seqs[begin:begin + MOST_FEW] for begin in range(0, len(seqs), MOST_FEW))
    return [past for part in parts for past in index.past.among(part, PastInvocationFilter()).values()]


def _whole_event(_: Contents, index: InvocationIndex, *, seq: int) -> bytes | None:
    return index.whole_events.find(seq)


def _mark(index: InvocationIndex, *, seqs: Sequence[int], mark: Mark) -> int:
    return index.marks.put(seqs, mark)


def _with_text(
    contents: Contents, index: InvocationIndex, *, search: Search, wanted: PastInvocationFilter, cost: CostInSql, most: int
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
