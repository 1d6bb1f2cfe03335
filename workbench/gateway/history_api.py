"""What happened before: `/_workbench/invocations`, `/_workbench/log-lines`, in pages, and what a person does with invocations.

See model/past_invocations. Invocations are named by the number of their first event (`seq`), because attempts of one request
share its ID.
"""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.function_names import function_in
from workbench.gateway.history_filters import filter_of, place_of
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import decoded_body, number_in
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.failures import ServiceError
from workbench.model.past_invocations import (
    ForgetRequest,
    InvocationPage,
    MarkRequest,
    PastInvocationFilter,
    Retention,
)
from workbench.model.prices import PriceTable
from workbench.workspace.price_file import load_prices

MOST_AT_ONCE = 1_000
_DEFAULT = 100
_FORGOTTEN = "/_workbench/past-invocations/forgotten/{name}"
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
        return [
            web.get("/_workbench/invocations", self.invocations),
            web.get("/_workbench/log-lines", self.lines),
            web.get("/_workbench/past-invocations/{seq:[0-9]{1,16}}/deployed", self.deployed),
            web.get("/_workbench/past-invocations/{seq:[0-9]{1,16}}/event", self.event),
            web.put("/_workbench/past-invocations/marks", self.mark),
            web.post("/_workbench/past-invocations/forget", self.forget),
            web.post(_FORGOTTEN, self.undo),
            web.put(_FORGOTTEN, self.hold),
            web.delete(_FORGOTTEN, self.settle),
            web.get("/_workbench/retention", self.retention),
            web.put("/_workbench/retention", self.change_retention)]

    async def invocations(self, request: web.Request) -> web.Response:
        """A page of invocations, filtered; with `total=true` also how many there are in all, whatever they logged."""
        wanted = filter_of(request, function_in(request, self._engine.resources))
        async with self._answers.making():
            page: InvocationPage = await self._engine.history.invocations(
                wanted, text=_text(request), place=place_of(request), before=number_in(request, "before", _LATEST),
                limit=_limit(request), skip=number_in(request, "skip", 0), total=request.query.get("total") == "true",
                prices=self._prices(wanted))
        return json_answer(page)

    async def deployed(self, request: web.Request) -> web.Response:
        """What an invocation ran, and what differs now."""
        seq = int(request.match_info["seq"])
        past = await self._engine.history.one(seq)
        if past is None:
            raise ServiceError("ResourceNotFoundException", 404, f"There is no invocation {seq}.",
                               hint="It may have been deleted since, because it was old or by hand.")
        return json_answer(await self._engine.deployments.deployed(past))

    async def event(self, request: web.Request) -> web.Response:
        """What an invocation was sent, as bytes, where the stream tells only the beginning."""
        seq = int(request.match_info["seq"])
        async with self._answers.making():
            content = await self._engine.history.whole_event(seq)
        if content is None:
            raise ServiceError("ResourceNotFoundException", 404, f"There is no more of the event of invocation {seq}.")
        return web.Response(body=content, content_type="application/octet-stream")

    async def mark(self, request: web.Request) -> web.Response:
        """Give invocations a star or a name, or take it."""
        asked = await decoded_body(request, MarkRequest, "The mark is")
        return json_answer({"marked": await self._engine.mark(asked)})

    async def forget(self, request: web.Request) -> web.Response:
        """Delete invocations with everything that they left; with `canUndo`, so that it can be undone for a minute."""
        asked = await decoded_body(request, ForgetRequest, "The numbers are")
        return json_answer(await self._engine.forgetting.forget(asked))

    async def undo(self, request: web.Request) -> web.Response:
        """Put back what was deleted."""
        return json_answer(await self._engine.forgetting.undo(request.match_info["name"]))

    async def hold(self, request: web.Request) -> web.Response:
        """Let it be undone for another minute."""
        self._engine.forgetting.hold(request.match_info["name"])
        return web.Response(status=204)

    async def settle(self, request: web.Request) -> web.Response:
        """Let it be undone no more."""
        self._engine.forgetting.settle(request.match_info["name"])
        return web.Response(status=204)

    async def retention(self, _: web.Request) -> web.Response:
        """How long history is kept."""
        return json_answer(self._engine.retention.in_force)

    async def change_retention(self, request: web.Request) -> web.Response:
        """Keep history so long and so much from now on; what is older is deleted before the answer."""
        await self._engine.retention.change(await decoded_body(request, Retention, "The setting is"))
        return json_answer(self._engine.retention.in_force)

    def _prices(self, wanted: PastInvocationFilter) -> PriceTable | None:
        if wanted.least_usd is None and wanted.most_usd is None:
            return None
        return load_prices(self._engine.settings.in_force.region)

    async def lines(self, request: web.Request) -> web.Response:
        """A page of log lines that contain a text, of one function or of all."""
        async with self._answers.making():
            page = await self._engine.history.lines(
                _text(request), function_name=function_in(request, self._engine.resources),
                before=number_in(request, "before", _LATEST), limit=_limit(request))
        return json_answer(page)


def _limit(request: web.Request) -> int:
    return number_in(request, "limit", _DEFAULT, least=1, most=MOST_AT_ONCE)


def _text(request: web.Request) -> str:
    text = request.query.get("text", "")
    if len(text) > _TEXT_LIMIT:
        raise ServiceError("InvalidParameterValueException", 400, f"text has at most {_TEXT_LIMIT:,} characters.")
    return text
