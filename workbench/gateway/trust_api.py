"""Whether the person trusts the workspace's folder (`/_workbench/trust`). See model/trust.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import decoded_body
from workbench.model.engine_api import TrustAnswer


class TrustApi:
    """The routes for trust, over one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/trust", self.report), web.put("/_workbench/trust", self.answer),
                web.delete("/_workbench/trust", self.withdraw)]

    async def report(self, _: web.Request) -> web.Response:
        """What the folder would run, and whether it is trusted."""
        return json_answer(await self._engine.trust.report())

    async def answer(self, request: web.Request) -> web.Response:
        """Trust the folder, or decline to."""
        said, trust = await decoded_body(request, TrustAnswer, "The answer is"), self._engine.trust
        return json_answer(await (trust.agree(said.digests) if said.trusted else trust.decline()))

    async def withdraw(self, _: web.Request) -> web.Response:
        """Stop trusting the folder."""
        return json_answer(await self._engine.trust.withdraw())
