"""Calls about what happened before: invocations and log lines, in pages, the latest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from workbench.client.sending import Send
from workbench.model.events import StreamEvent, is_cut
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import (
    Deployed,
    ForgetRequest,
    Forgotten,
    InvocationPage,
    LinePage,
    Mark,
    MarkRequest,
    PastInvocation,
    PastInvocationFilter,
    Place,
    Retention,
)

_FORGOTTEN = "/_workbench/past-invocations/forgotten"


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

    async def latest(self, request_id: str) -> PastInvocation | None:
        """The last attempt of a request; None if it never ran, or was deleted."""
        page = await self.invocations(PastInvocationFilter(request_id=request_id), limit=1)
        return page.invocations[0] if page.invocations else None

    async def events_of(self, past: PastInvocation) -> list[StreamEvent]:
        """What the journal has of an invocation's request by now, with all of the event that it was sent if that is kept."""
        told = await self._got("/_workbench/events", {"requestId": past.request_id})
        events = msgspec.json.decode(told, type=list[StreamEvent])
        place = next((place for place, each in enumerate(events) if each.seq > past.seq and _is_event_of(each, past)), -1)
        if place >= 0 and is_cut(events[place].fields()):
            whole = await self._whole_event(past.seq)
            if whole is not None:
                record = {**events[place].fields(), "text": whole.decode(errors="replace")}
                events[place] = msgspec.structs.replace(events[place], record=record)
        return events

    async def _whole_event(self, seq: int) -> bytes | None:
        try:
            return await self._got(f"/_workbench/past-invocations/{seq}/event", {})
        except ServiceError as error:
            if error.status == 404:
                return None
            raise

    async def deployed(self, seq: int) -> Deployed:
        """What an invocation ran, and what differs now. Raises ServiceError 404."""
        return msgspec.json.decode(await self._got(f"/_workbench/past-invocations/{seq}/deployed", {}), type=Deployed)

    async def mark(self, seqs: Sequence[int], mark: Mark) -> None:
        """Give invocations a star or a name, or take it. `seqs` are the numbers of their first events."""
        body = msgspec.json.encode(MarkRequest(seqs=list(seqs), mark=mark))
        await self._send("PUT", "/_workbench/past-invocations/marks", data=body)

    async def forget(self, seqs: Sequence[int], *, can_undo: bool = False) -> Forgotten:
        """Delete invocations with everything that they left, all attempts of their requests.

        With `can_undo`, they can be put back for a minute by the `undo` of the answer, unless that says that they are too much.
        """
        body = msgspec.json.encode(ForgetRequest(seqs=list(seqs), can_undo=can_undo))
        _, answer = await self._send("POST", "/_workbench/past-invocations/forget", data=body)
        return msgspec.json.decode(answer, type=Forgotten)

    async def undo_forgotten(self, undo: str) -> Forgotten:
        """Put back what was deleted. Raises ServiceError 404 when it is too late."""
        _, answer = await self._send("POST", f"{_FORGOTTEN}/{undo}")
        return msgspec.json.decode(answer, type=Forgotten)

    async def hold_forgotten(self, undo: str) -> None:
        """Let it be undone for another minute. Raises ServiceError 404 when it is too late."""
        await self._send("PUT", f"{_FORGOTTEN}/{undo}")

    async def settle_forgotten(self, undo: str) -> None:
        """Let it be undone no more."""
        await self._send("DELETE", f"{_FORGOTTEN}/{undo}")

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


def _is_event_of(event: StreamEvent, past: PastInvocation) -> bool:
    return event.type == "sandbox.payload" and event.request_id == past.request_id and event.fields().get("kind") == "event"


def _query_of(wanted: PastInvocationFilter) -> dict[str, str | int | float | None]:
    return {
        "functionName": wanted.function_name, "version": wanted.version, "status": wanted.status, "start": wanted.start,
        "sinceMs": wanted.since_ms, "untilMs": wanted.until_ms, "alias": wanted.alias, "trigger": wanted.trigger,
        "requestId": wanted.request_id, "leastDurationMs": wanted.least_duration_ms, "mostDurationMs": wanted.most_duration_ms,
        "leastMemoryMb": wanted.least_memory_mb, "mostMemoryMb": wanted.most_memory_mb, "leastUsd": wanted.least_usd,
        "mostUsd": wanted.most_usd, "starred": "true" if wanted.is_starred else "", "named": "true" if wanted.is_named else "",
        "name": wanted.name, "errorType": wanted.error_type, "sandbox": wanted.sandbox}
