"""Calls about the inbox."""

from __future__ import annotations

import msgspec

from workbench.client.sending import Send
from workbench.model.inbox import EVERYTHING, InboxCleared, InboxFilter, InboxMessage

_PATH = "/_workbench/inbox"


class InboxCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def page(self, wanted: InboxFilter = EVERYTHING, *, limit: int = 100, before: int = 0) -> list[InboxMessage]:
        """Messages, newest first; `before` is the id above the first one, 0 for the newest. Large ones make a page shorter."""
        query = _query(wanted) | {"limit": str(limit), "before": str(before)}
        _, body = await self._send("GET", _PATH, params=query)
        return msgspec.json.decode(body, type=list[InboxMessage])

    async def message(self, number: int) -> InboxMessage:
        """One message. Raises ServiceError 404 if there is none with this id."""
        _, body = await self._send("GET", f"{_PATH}/{number}")
        return msgspec.json.decode(body, type=InboxMessage)

    async def clear(self, wanted: InboxFilter = EVERYTHING) -> int:
        """Delete messages; returns how many."""
        _, body = await self._send("DELETE", _PATH, params=_query(wanted))
        return msgspec.json.decode(body, type=InboxCleared).deleted


def _query(wanted: InboxFilter) -> dict[str, str]:
    given = {"target": wanted.target, "functionName": wanted.function_name, "requestId": wanted.request_id, "kind": wanted.kind}
    return {name: value for name, value in given.items() if value}
