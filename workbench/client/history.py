"""Calls about what happened before: invocations and log lines, in pages, the latest first."""

from __future__ import annotations

import msgspec

from workbench.client.sending import Send
from workbench.model.past_invocations import InvocationPage, LinePage, PastInvocationFilter


class HistoryCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer.

    `before` is the `next` of the page before, None for the latest. A page may have fewer than `limit` and still have a `next`:
    one search for a text takes a few seconds at most.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def invocations(
        self, wanted: PastInvocationFilter, *, text: str = "", before: int | None = None, limit: int = 100, total: bool = False
    ) -> InvocationPage:
        """Invocations; with a text those that logged it. `total` counts them all as well, whatever they logged."""
        query = {
            "functionName": wanted.function_name, "version": wanted.version, "status": wanted.status, "start": wanted.start,
            "sinceMs": wanted.since_ms, "untilMs": wanted.until_ms, "text": text, "before": before, "limit": limit,
            "total": "true" if total else ""}
        return msgspec.json.decode(await self._got("/_workbench/invocations", query), type=InvocationPage)

    async def lines(
        self, text: str, *, function_name: str = "", before: int | None = None, limit: int = 100
    ) -> LinePage:
        """Log lines that contain a text in any case; of a function, or of all."""
        query = {"text": text, "functionName": function_name, "before": before, "limit": limit}
        return msgspec.json.decode(await self._got("/_workbench/log-lines", query), type=LinePage)

    async def _got(self, path: str, query: dict[str, str | int | None]) -> bytes:
        given = {name: str(value) for name, value in query.items() if value not in ("", None)}
        _, body = await self._send("GET", path, params=given)
        return body
