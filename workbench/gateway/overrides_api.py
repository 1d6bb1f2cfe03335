"""What the Lambda API changed of the template's functions (`/_workbench/overrides`). See model/overrides.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer


class OverridesApi:
    """The routes for overrides, over one engine. The query's `property` names one of a function's overrides."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/overrides", self.all), web.delete("/_workbench/overrides/{function}", self.drop),
                web.post("/_workbench/overrides/{function}", self.write_back)]

    async def all(self, request: web.Request) -> web.Response:
        """All overrides, or those of one function."""
        resources = self._engine.resources
        await resources.functions.know_packages(resources.home)
        return json_answer(self._engine.overrides.all(request.query.get("functionName", "")))

    async def drop(self, request: web.Request) -> web.Response:
        """Put the template's values in force again."""
        left = await self._engine.overrides.drop(request.match_info["function"], request.query.get("property"))
        return json_answer(left)

    async def write_back(self, request: web.Request) -> web.Response:
        """Write overrides into the template."""
        left = await self._engine.overrides.write_back(request.match_info["function"], request.query.get("property"))
        return json_answer(left)
