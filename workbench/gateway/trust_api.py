"""What a person says of the workspace's folder (`/_workbench/trust`): see model/trust.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import decoded_body
from workbench.model.engine_api import TrustAnswer


class TrustApi:
    """Routes of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """What the application serves."""
        return [web.get("/_workbench/trust", self.report), web.put("/_workbench/trust", self.answer),
                web.delete("/_workbench/trust", self.withdraw)]

    async def report(self, _: web.Request) -> web.Response:
        """What the folder would run."""
        return json_answer(await self._engine.trust_report())

    async def answer(self, request: web.Request) -> web.Response:
        """The person has seen it and says."""
        said = await decoded_body(request, TrustAnswer, "The answer is")
        return json_answer(await (self._engine.trust(said.digests) if said.trusted else self._engine.decline_trust()))

    async def withdraw(self, _: web.Request) -> web.Response:
        """The folder is trusted no more."""
        return json_answer(await self._engine.withdraw_trust())
