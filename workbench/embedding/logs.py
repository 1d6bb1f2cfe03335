"""The log of the functions of an embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedding.results import log_of
from workbench.embedding.session import Ask
from workbench.model.past_invocations import LogLine

if TYPE_CHECKING:
    from workbench.client.api import EngineClient

_MOST_LISTED = 1_000


class Logs:
    """Blocking, and usable from any thread. Raises ServiceError and EngineError."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def lines(self, text: str = "", *, function: str = "") -> list[LogLine]:
        """The lines that contain a text in any case, of a function or of all, the earliest first, up to the 1,000 latest."""
        return self._ask(lambda client: _latest(client, text, function))[::-1]

    def of(self, request_id: str) -> tuple[str, ...]:
        """The lines that a function wrote for a request, of all attempts if it was asynchronous. Waits for its report."""
        return log_of(self._ask(lambda client: client.invocation_events(request_id)))


async def _latest(client: EngineClient, text: str, function: str) -> list[LogLine]:
    """Page through the lines, the latest first: a page may be short and have another after it."""
    page = await client.history.lines(text, function_name=function, limit=_MOST_LISTED)
    found = page.lines
    while page.next is not None and len(found) < _MOST_LISTED:
        page = await client.history.lines(text, function_name=function, before=page.next, limit=_MOST_LISTED - len(found))
        found += page.lines
    return found
