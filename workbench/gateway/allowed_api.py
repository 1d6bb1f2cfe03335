"""The allowances of functions, which parts of this machine they may use (`/_workbench/allowed`). See model/allowances.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import decoded_body
from workbench.model.allowances import Allowance


class AllowedApi:
    """The routes for allowances, over one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/allowed", self.all), web.put("/_workbench/allowed/{function}", self.change)]

    async def all(self, _: web.Request) -> web.Response:
        """All allowances, by logical ID."""
        return json_answer(self._engine.allowances.all())

    async def change(self, request: web.Request) -> web.Response:
        """Replace a function's allowance."""
        asked = await decoded_body(request, Allowance, "What is to be allowed is")
        return json_answer(await self._engine.allowances.allow(request.match_info["function"], asked))
