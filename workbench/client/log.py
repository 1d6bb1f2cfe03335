"""Calls about the log: where it begins and ends, entries, searches that stream, and all of it as a file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import aiohttp
import msgspec

from workbench.client.answers import no_answer, service_error
from workbench.client.sending import Send
from workbench.model.failures import EngineError
from workbench.model.log_entries import LogEntry
from workbench.model.log_queries import LogExtent, LogFileForm, LogFilter, LogPage, SearchStep

Query = list[tuple[str, str]]
_decode_step = msgspec.json.Decoder(SearchStep).decode
PART_BYTES = 1 << 18


class LogCalls:
    """Every call raises ServiceError for an error answer and EngineError when the engine does not answer."""

    def __init__(self, send: Send, session: aiohttp.ClientSession) -> None:
        self._send = send
        self._session = session

    async def extent(self) -> LogExtent:
        """Where the log begins and ends."""
        _, body = await self._send("GET", "/_workbench/log")
        return msgspec.json.decode(body, type=LogExtent)

    async def page(self, place: int, limit: int) -> list[LogEntry]:
        """The entries from a place on."""
        return await self._entries({"place": str(place), "limit": str(limit)})

    async def picked(self, numbers: Sequence[int]) -> list[LogEntry]:
        """Entries by the numbers of their events, 1,000 at most; those that are not kept any more are empty."""
        return await self._entries({"numbers": ",".join(map(str, numbers))})

    async def search(self, wanted: LogFilter, *, metrics: bool = False) -> AsyncGenerator[SearchStep, None]:
        """Yield what is found, and what is new, until it is closed. Ends when the engine is gone or a step has a problem.

        With `metrics` it yields samples of the metrics in the log, and the filter does not matter.
        """
        query = [*query_of(wanted), *([("metrics", "true")] if metrics else [])]
        try:
            async with self._session.ws_connect(
                "/_workbench/log/search", params=query, heartbeat=15, max_msg_size=0, timeout=aiohttp.ClientWSTimeout(ws_close=1),
            ) as socket:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    yield _decode_step(message.data)
        except aiohttp.WSServerHandshakeError as error:
            raise EngineError(f"The engine refused the search (status {error.status}).", "See its log for the reason.") from error
        except aiohttp.ClientError as error:
            raise no_answer(error) from error

    async def file(self, wanted: LogFilter, form: LogFileForm) -> AsyncGenerator[bytes, None]:
        """Yield all entries that meet a filter as parts of a file. Raises EngineError if it does not become whole."""
        try:
            async with self._session.get("/_workbench/log/file", params=[*query_of(wanted), ("form", form)]) as answer:
                if answer.status >= 400:
                    raise service_error(answer.status, answer.headers, await answer.read())
                async for part in answer.content.iter_chunked(PART_BYTES):
                    yield part
        except aiohttp.ClientError as error:
            raise EngineError("The log could not be read to its end.", "Save it again; a simpler filter may help.") from error

    async def _entries(self, query: dict[str, Any]) -> list[LogEntry]:
        _, body = await self._send("GET", "/_workbench/log/entries", params=query)
        return msgspec.json.decode(body, type=LogPage).entries


def query_of(wanted: LogFilter) -> Query:
    """Return a filter as the engine is asked for it."""
    given = {
        "text": wanted.text, "regex": "true" if wanted.is_regex else "", "level": wanted.level,
        "functionName": wanted.function_name, "requestId": wanted.request_id, "environmentId": wanted.environment_id,
        "since": str(wanted.since or ""), "until": str(wanted.until or "")}
    return [*((name, value) for name, value in given.items() if value),
            *(("field", f"{path}={value}") for path, value in wanted.fields)]
