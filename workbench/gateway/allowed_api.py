"""What the person allows functions of this machine (`/_workbench/allowed`): see model/allowances.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import decoded_body
from workbench.model.allowances import Allowance


class AllowedApi:
    """Routes of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """What the application serves."""
        return [web.get("/_workbench/allowed", self.all), web.put("/_workbench/allowed/{function}", self.change)]

    async def all(self, _: web.Request) -> web.Response:
        """What was said so far."""
        return json_answer(self._engine.allowances.all())

    async def change(self, request: web.Request) -> web.Response:
        """A function may have this, and no more."""
        asked = await decoded_body(request, Allowance, "What is to be allowed is")
        return json_answer(await self._engine.allow(request.match_info["function"], asked))
