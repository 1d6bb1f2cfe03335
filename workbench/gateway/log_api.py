"""The log: `/_workbench/log…`: where it begins and ends, entries, searches that stream, and all of it as a file.

See model/log_queries for what is asked and answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import partial

import msgspec
from aiohttp import WSMsgType, web

from workbench.background import TaskSet
from workbench.engine.service import Engine
from workbench.gateway.function_names import function_in
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import number_in, shortened
from workbench.gateway.unread_answers import STALLED_LIMIT_S, UnreadAnswers
from workbench.gateway.workbench_api import GOODBYE_S
from workbench.model.failures import ServiceError
from workbench.model.line_levels import LEVELS
from workbench.model.log_entries import PLATFORM
from workbench.model.log_queries import MOST_AT_ONCE, LogFileForm, LogFilter, LogPage, SearchStep

_DEFAULT = 250
_TEXT_LIMIT = 1_000
_MOST_FIELDS = 10


class LogApi:
    """The routes for the log of one engine."""

    def __init__(self, engine: Engine, answers: UnreadAnswers) -> None:
        self._engine = engine
        self._answers = answers
        self._sockets: set[web.WebSocketResponse] = set()
        self._senders = TaskSet()

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [
            web.get("/_workbench/log", self.extent),
            web.get("/_workbench/log/entries", self.entries),
            web.get("/_workbench/log/search", self.search),
            web.get("/_workbench/log/file", self.file),
        ]

    async def close(self) -> None:
        """End all searches and their processes."""
        await self._senders.cancel()
        for socket in tuple(self._sockets):
            await socket.close()

    async def extent(self, _: web.Request) -> web.Response:
        """Where the log begins and ends."""
        return json_answer(await self._engine.log.extent())

    async def entries(self, request: web.Request) -> web.Response:
        """Entries from a `place` on, or those of events by their `numbers`, separated by commas."""
        numbers = _numbers(request)
        async with self._answers.making():
            if numbers:
                return json_answer(LogPage(entries=await self._engine.log.picked(numbers)))
            limit = number_in(request, "limit", _DEFAULT, least=1, most=MOST_AT_ONCE)
            return json_answer(LogPage(entries=await self._engine.log.page(_place(request), limit)))

    async def search(self, request: web.Request) -> web.WebSocketResponse:
        """Send what is found step by step until the client disconnects; with `metrics=true` the samples of metrics instead."""
        log, wanted = self._engine.log, self._filter(request)
        steps = log.metrics() if request.query.get("metrics") == "true" else log.search(wanted)
        socket = web.WebSocketResponse(timeout=GOODBYE_S, heartbeat=30, compress=False)
        try:
            await socket.prepare(request)
        except ValueError as error:  # the key of the handshake, which aiohttp decodes as if it were ASCII
            raise ServiceError("InvalidParameterValueException", 400, "The WebSocket's key is not valid.") from error
        self._sockets.add(socket)
        sender = self._senders.begin("A search of the log", _send(socket, steps))
        sender.add_done_callback(partial(_hang_up, request))
        try:
            async for message in socket:  # nothing is said, but without reading nobody would notice that the client has gone
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
            sender.cancel()
            await asyncio.wait([sender])
        return socket

    async def file(self, request: web.Request) -> web.StreamResponse:
        """All entries that meet a filter, in order, as text or as a JSON object a line."""
        form = request.query.get("form", "text")
        if form not in ("text", "ndjson"):
            raise ServiceError("InvalidParameterValueException", 400, f"form is text or ndjson, not {shortened(form)!r}.")
        parts = self._engine.log.written(self._filter(request), _FORMS[form])
        response = web.StreamResponse(headers={"Content-Type": _TYPES[form]})
        await response.prepare(request)
        try:
            async for part in parts:
                if isinstance(part, str):
                    raise ConnectionResetError(part)
                async with asyncio.timeout(STALLED_LIMIT_S):
                    await response.write(part)
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()  # an answer that is not whole must not look as if it were
        finally:
            await parts.aclose()
        return response

    def _filter(self, request: web.Request) -> LogFilter:
        return filter_of(request, function_in(request, self._engine.resources))


_FORMS: dict[str, LogFileForm] = {"text": "text", "ndjson": "ndjson"}
_TYPES = {"text": "text/plain; charset=utf-8", "ndjson": "application/x-ndjson"}


def filter_of(request: web.Request, function_name: str) -> LogFilter:
    """Return the filter that a query has, of one function or ("") of all. Raises ServiceError 400 for one that is not valid."""
    query = request.query
    level = query.get("level", "")
    if level not in ("", PLATFORM, *LEVELS):
        raise ServiceError("InvalidParameterValueException", 400,
                           f"level is one of {', '.join((*LEVELS, PLATFORM))}, not {shortened(level)!r}.")
    fields = tuple(_field(each) for each in query.getall("field", [])[:_MOST_FIELDS])
    if len(query.get("text", "")) > _TEXT_LIMIT:
        raise ServiceError("InvalidParameterValueException", 400, f"text has at most {_TEXT_LIMIT:,} characters.")
    return LogFilter(
        text=query.get("text", ""), is_regex=query.get("regex") == "true", level=level,
        function_name=function_name, request_id=query.get("requestId", ""),
        environment_id=query.get("environmentId", ""), fields=fields,
        since=number_in(request, "since", 0), until=number_in(request, "until", 0))


def _field(text: str) -> tuple[str, str]:
    path, found, value = text.partition("=")
    if not found or not path:
        raise ServiceError("InvalidParameterValueException", 400, f"field is like order.id=17, not {shortened(text)!r}.")
    return path, value


def _numbers(request: web.Request) -> list[int]:
    text = request.query.get("numbers", "")
    parts = text.split(",") if text else []
    if len(parts) > MOST_AT_ONCE or not all(part.isascii() and part.isdecimal() and len(part) <= _DIGITS for part in parts):
        raise ServiceError("InvalidParameterValueException", 400,
                           f"numbers are at most {MOST_AT_ONCE:,} whole numbers, separated by commas.")
    return [int(part) for part in parts]


_DIGITS = 18


def _place(request: web.Request) -> int:
    text = request.query.get("place", "0")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
        raise ServiceError("InvalidParameterValueException", 400, f"place is a whole number, not {shortened(text)!r}.")
    return int(text)


async def _send(socket: web.WebSocketResponse, steps: AsyncGenerator[SearchStep, None]) -> None:
    try:
        async for step in steps:
            await socket.send_frame(msgspec.json.encode(step), WSMsgType.TEXT)
    except ConnectionError as error:
        error.with_traceback(None)
    finally:
        await steps.aclose()  # its process ends with it


def _hang_up(request: web.Request, sender: asyncio.Task[None]) -> None:
    """Close the connection when a search has ended or failed, so that the client notices."""
    if request.transport is not None and not sender.cancelled():
        request.transport.close()
