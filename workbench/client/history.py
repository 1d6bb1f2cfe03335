"""Calls about what happened before: invocations and log lines, in pages, the latest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from workbench.client.sending import Send
from workbench.model.past_invocations import (
    Deployed,
    ForgetRequest,
    Forgotten,
    InvocationPage,
    LinePage,
    Mark,
    MarkRequest,
    PastInvocationFilter,
    Place,
    Retention,
)


class HistoryCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer.

    `before` is the `next` of the page before, None for the latest. A page may have fewer than `limit` and still have a `next`:
    one search for a text takes a few seconds at most.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def invocations(
        self, wanted: PastInvocationFilter, *, text: str = "", place: Place = "log", before: int | None = None, limit: int = 100,
        skip: int = 0, total: bool = False,
    ) -> InvocationPage:
        """Invocations; with a text those that have it in a place. `total` counts them all as well, whatever texts they have.

        There is no total for a filter that no index answers. `skip` leaves out that many, for one that an index does.
        """
        query = {
            **_query_of(wanted), "text": text, "textIn": place if text else "", "before": before, "limit": limit,
            "skip": skip or None, "total": "true" if total else ""}
        return msgspec.json.decode(await self._got("/_workbench/invocations", query), type=InvocationPage)

    async def deployed(self, seq: int) -> Deployed:
        """What an invocation ran, and what differs now. Raises ServiceError 404."""
        return msgspec.json.decode(await self._got(f"/_workbench/past-invocations/{seq}/deployed", {}), type=Deployed)

    async def mark(self, seqs: Sequence[int], mark: Mark) -> None:
        """Give invocations a star or a name, or take it. `seqs` are the numbers of their first events."""
        body = msgspec.json.encode(MarkRequest(seqs=list(seqs), mark=mark))
        await self._send("PUT", "/_workbench/past-invocations/marks", data=body)

    async def forget(self, seqs: Sequence[int]) -> Forgotten:
        """Delete invocations with everything that they left, all attempts of their requests."""
        body = msgspec.json.encode(ForgetRequest(seqs=list(seqs)))
        _, answer = await self._send("POST", "/_workbench/past-invocations/forget", data=body)
        return msgspec.json.decode(answer, type=Forgotten)

    async def retention(self) -> Retention:
        """How long history is kept."""
        return msgspec.json.decode(await self._got("/_workbench/retention", {}), type=Retention)

    async def change_retention(self, retention: Retention) -> Retention:
        """Keep history so long and so much from now on; what is older is deleted at once."""
        _, answer = await self._send("PUT", "/_workbench/retention", data=msgspec.json.encode(retention))
        return msgspec.json.decode(answer, type=Retention)

    async def lines(
        self, text: str, *, function_name: str = "", before: int | None = None, limit: int = 100
    ) -> LinePage:
        """Log lines that contain a text in any case; of a function, or of all."""
        query = {"text": text, "functionName": function_name, "before": before, "limit": limit}
        return msgspec.json.decode(await self._got("/_workbench/log-lines", query), type=LinePage)

    async def _got(self, path: str, query: Mapping[str, str | int | float | None]) -> bytes:
        given = {name: str(value) for name, value in query.items() if value not in ("", None)}
        _, body = await self._send("GET", path, params=given)
        return body


def _query_of(wanted: PastInvocationFilter) -> dict[str, str | int | float | None]:
    return {
        "functionName": wanted.function_name, "version": wanted.version, "status": wanted.status, "start": wanted.start,
        "sinceMs": wanted.since_ms, "untilMs": wanted.until_ms, "alias": wanted.alias, "trigger": wanted.trigger,
        "requestId": wanted.request_id, "leastDurationMs": wanted.least_duration_ms, "mostDurationMs": wanted.most_duration_ms,
        "leastMemoryMb": wanted.least_memory_mb, "mostMemoryMb": wanted.most_memory_mb, "leastUsd": wanted.least_usd,
        "mostUsd": wanted.most_usd, "starred": "true" if wanted.is_starred else "", "named": "true" if wanted.is_named else "",
        "name": wanted.name, "errorType": wanted.error_type, "sandbox": wanted.sandbox}
