"""How the engine itself does, and what it is busy with (`/_workbench/vitals`, `/_workbench/long-work`). See model/vitals.py."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer


class VitalsApi:
    """The routes, over one engine. `followers` counts the programs that follow its stream."""

    def __init__(self, engine: Engine, followers: Callable[[], int]) -> None:
        self._engine = engine
        self._followers = followers

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [web.get("/_workbench/vitals", self.look),
                web.delete("/_workbench/long-work/{number:[0-9]{1,18}}", self.cancel)]

    async def look(self, _: web.Request) -> web.Response:
        """The engine's vitals."""
        return json_answer(await self._engine.vitals.look(self._followers()))

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel a preparation."""
        self._engine.vitals.cancel(int(request.match_info["number"]))
        return web.Response(status=204)
