"""Two versions of a function beside each other (`/_workbench/comparisons/{function}?left=1&right=$LATEST`)."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer


class ComparisonsApi:
    """The route for comparisons of versions, over one engine. See model/comparisons.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """The route to be served."""
        return [web.get("/_workbench/comparisons/{function}", self.compare)]

    async def compare(self, request: web.Request) -> web.Response:
        """Compare two versions of a function of the workspace's Region. Either may be an alias; without one it is `$LATEST`."""
        resources, query = self._engine.resources, request.query
        name = request.match_info["function"]
        return json_answer(await resources.comparisons.compare(
            resources.home, name, query.get("left", ""), query.get("right", "")))
