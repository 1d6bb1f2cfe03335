"""What happened before: `/_workbench/invocations` and `/_workbench/log-lines`, in pages. See model/past_invocations."""

from __future__ import annotations

from typing import cast

import msgspec
from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import number_in, shortened
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import START, STARTS, InvocationPage, PastInvocationFilter

MOST_AT_ONCE = 1_000
_DEFAULT = 100
_TEXT_LIMIT = 1_000
_LATEST = 10**18 - 1
"""The largest number that `number_in` accepts: above all events'."""


class HistoryApi:
    """The routes for what the journal has, over one engine. All take `before` (the `next` of the page before) and `limit`."""

    def __init__(self, engine: Engine, answers: UnreadAnswers) -> None:
        self._engine = engine
        self._answers = answers

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/invocations", self.invocations), web.get("/_workbench/log-lines", self.lines)]

    async def invocations(self, request: web.Request) -> web.Response:
        """A page of invocations, filtered; with `total=true` also how many there are in all, whatever they logged."""
        wanted = _filter(request)
        async with self._answers.making():
            page: InvocationPage = await self._engine.history.invocations(
                wanted, text=_text(request), before=number_in(request, "before", _LATEST), limit=_limit(request))
        if request.query.get("total") == "true":
            page = msgspec.structs.replace(page, total=await self._engine.history.count(wanted))
        return json_answer(page)

    async def lines(self, request: web.Request) -> web.Response:
        """A page of log lines that contain a text, of one function or of all."""
        async with self._answers.making():
            page = await self._engine.history.lines(
                _text(request), function_name=request.query.get("functionName", ""),
                before=number_in(request, "before", _LATEST), limit=_limit(request))
        return json_answer(page)


def _filter(request: web.Request) -> PastInvocationFilter:
    query = request.query
    start = query.get("start", "")
    if start not in STARTS:
        raise ServiceError("InvalidParameterValueException", 400, f"start is cold or warm, not {shortened(start)!r}.")
    return PastInvocationFilter(
        function_name=query.get("functionName", ""), version=query.get("version", ""), status=query.get("status", ""),
        start=cast("START", start), since_ms=_moment(request, "sinceMs"), until_ms=_moment(request, "untilMs"))


def _moment(request: web.Request, name: str) -> int | None:
    return number_in(request, name, 0, most=10**15) if name in request.query else None


def _limit(request: web.Request) -> int:
    return number_in(request, "limit", _DEFAULT, least=1, most=MOST_AT_ONCE)


def _text(request: web.Request) -> str:
    text = request.query.get("text", "")
    if len(text) > _TEXT_LIMIT:
        raise ServiceError("InvalidParameterValueException", 400, f"text has at most {_TEXT_LIMIT:,} characters.")
    return text
