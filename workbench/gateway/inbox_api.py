"""The inbox of messages to queues, topics, buses and buckets that are not here (`/_workbench/inbox`). See model/inbox.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.function_names import function_in
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import number_in
from workbench.model.inbox import InboxCleared, InboxFilter

_MOST = 1_000


class InboxApi:
    """The routes for the inbox, over one engine.

    The query's `target`, `functionName`, `requestId` and `kind` choose messages, all without any of them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/inbox", self.page), web.get("/_workbench/inbox/{id:[0-9]{1,18}}", self.message),
                web.delete("/_workbench/inbox", self.clear)]

    async def page(self, request: web.Request) -> web.Response:
        """Messages, newest first, at most `limit`; `before` an id, to page on."""
        most, before = number_in(request, "limit", 100, least=1), number_in(request, "before", 0)
        wanted = self._wanted(request)
        messages = await self._engine.asynchronous.inbox.page(wanted, before=before or None, most=min(most, _MOST))
        return json_answer(messages)

    async def message(self, request: web.Request) -> web.Response:
        """One message."""
        return json_answer(await self._engine.asynchronous.inbox.message(int(request.match_info["id"])))

    async def clear(self, request: web.Request) -> web.Response:
        """Delete messages."""
        return json_answer(InboxCleared(await self._engine.asynchronous.inbox.clear(self._wanted(request))))

    def _wanted(self, request: web.Request) -> InboxFilter:
        query = request.query
        return InboxFilter(target=query.get("target", ""), function_name=function_in(request, self._engine.resources),
                           request_id=query.get("requestId", ""), kind=query.get("kind", ""))
