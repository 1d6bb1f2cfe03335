"""Functions of the Lambda API go into the template (`/_workbench/saved-functions`) and back (`/_workbench/taken-functions`)."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.model.saving import SavingWish


class SavingApi:
    """The routes, over one engine. See model/saving.py.

    The query of the first: `function` (several times, not at all for all functions), `folder`, `withSecrets`, `dryRun`.
    """

    def __init__(self, engine: Engine) -> None:
        self._saving = engine.saving

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.post("/_workbench/saved-functions", self.save), web.post("/_workbench/taken-functions/{function}", self.take)]

    async def save(self, request: web.Request) -> web.Response:
        """Write functions into the template, or say what would be written."""
        query = request.query
        wish = SavingWish(folder=query.get("folder", ""), with_secrets=query.get("withSecrets") == "true",
                          is_preview=query.get("dryRun") == "true")
        return json_answer(await self._saving.save(query.getall("function", []), wish))

    async def take(self, request: web.Request) -> web.Response:
        """Take a function out of the template."""
        return json_answer(await self._saving.take(request.match_info["function"]))
