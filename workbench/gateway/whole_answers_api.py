"""`/_workbench/invocations/{requestId}/answer`: an answer whole, of which the stream has the beginning."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.failures import ServiceError


class WholeAnswersApi:
    """The route over one engine."""

    def __init__(self, engine: Engine, answers: UnreadAnswers) -> None:
        self._engine = engine
        self._answers = answers

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/invocations/{request_id}/answer", self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        """The answer's bytes, its secrets masked. Never as a page: a browser shall not run what a function returned."""
        request_id = request.match_info["request_id"]
        async with self._answers.making():
            content = self._engine.events.answers.of(request_id)
        if content is None:
            raise ServiceError("ResourceNotFoundException", 404, f"There is no more of the answer of {request_id}.")
        return web.Response(body=content, content_type="application/octet-stream")
