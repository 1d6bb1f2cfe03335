"""Which AWS credentials functions get (`/_workbench/credentials`). See model/credentials.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import decoded_body
from workbench.model.credentials import CredentialsChoice


class CredentialsApi:
    """The routes for credentials, over one engine. No answer has a secret in it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/credentials", self.report), web.put("/_workbench/credentials", self.choose),
                web.delete("/_workbench/credentials", self.forget),
                web.get("/_workbench/credentials/profiles", self.profiles)]

    async def report(self, _: web.Request) -> web.Response:
        """The choice, and what each function gets by it."""
        return json_answer(self._engine.credentials.report())

    async def choose(self, request: web.Request) -> web.Response:
        """Have functions get others."""
        choice = await decoded_body(request, CredentialsChoice, "The choice of credentials is")
        return json_answer(await self._engine.credentials.choose(choice))

    async def forget(self, _: web.Request) -> web.Response:
        """Have functions get made-up ones again."""
        return json_answer(await self._engine.credentials.forget())

    async def profiles(self, _: web.Request) -> web.Response:
        """The profiles of this machine."""
        return json_answer(await self._engine.credentials.profiles())
