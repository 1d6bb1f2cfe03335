"""What asynchronous invocations of an embedded engine sent to queues, topics, buses and buckets that are not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workbench.embedding.queue import Queue
from workbench.embedding.session import Ask
from workbench.embedding.waiting import wait_for
from workbench.model.failures import EngineError
from workbench.model.inbox import InboxFilter, InboxMessage, MessageKind

if TYPE_CHECKING:
    from workbench.client.api import EngineClient

_A_PAGE = 1_000
Kind = MessageKind | Literal[""]


class Inbox:
    """Blocking, and usable from any thread. Filters left "" count for nothing. Raises ServiceError and EngineError."""

    def __init__(self, ask: Ask, queue: Queue) -> None:
        self._ask = ask
        self._queue = queue

    def items(self, *, function: str = "", kind: Kind = "", target: str = "", request_id: str = "") -> list[InboxMessage]:
        """The messages, the earliest first."""
        return self._all(InboxFilter(function_name=function, kind=kind, target=target, request_id=request_id))

    def wait_for(
        self, *, function: str = "", kind: Kind = "", target: str = "", request_id: str = "", timeout_s: float = 10.0
    ) -> InboxMessage:
        """Wait for a message, and return the earliest. Raises EngineError, which says what there is, after `timeout_s`."""
        wanted = InboxFilter(function_name=function, kind=kind, target=target, request_id=request_id)
        found = wait_for(lambda: next(iter(self._all(wanted)), None), timeout_s)
        if found is None:
            there = ", ".join(f"{each.kind} of {each.function_name} for {each.target}" for each in self._all(InboxFilter()))
            raise EngineError(
                f"No such message has come within {timeout_s:g} seconds. The inbox has {there or 'nothing'}.",
                f"The queue: {self._queue.summary()}. Under a held clock, step or fast_forward tries what waits.")
        return found

    def clear(self) -> None:
        """Delete all messages."""
        self._ask(lambda client: client.inbox.clear())

    def _all(self, wanted: InboxFilter) -> list[InboxMessage]:
        return self._ask(lambda client: _all(client, wanted))


async def _all(client: EngineClient, wanted: InboxFilter) -> list[InboxMessage]:
    """Page through the messages: how many a page has depends on their size."""
    found: list[InboxMessage] = []
    while page := await client.inbox.page(wanted, limit=_A_PAGE, before=found[-1].id if found else 0):
        found += page
    return found[::-1]
