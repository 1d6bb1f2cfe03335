"""Start and stop debugging functions (`/_workbench/debug`). See model/engine_api.py."""

from __future__ import annotations

from aiohttp import web

from workbench.engine.service import Engine
from workbench.gateway.json_answer import json_answer
from workbench.gateway.reading import body_of, decoded
from workbench.model.engine_api import DebugRequest


class DebugApi:
    """The routes for debugging, over one engine. Debuggers themselves connect to separate ports."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """The routes to be served."""
        return [
            web.get("/_workbench/debug", self.list),
            web.put("/_workbench/debug/{function}", self.start),
            web.delete("/_workbench/debug/{function}", self.stop),
        ]

    async def list(self, _: web.Request) -> web.Response:
        """The functions that are being debugged."""
        return json_answer(self._engine.debugging.list())

    async def start(self, request: web.Request) -> web.Response:
        """Start debugging a function."""
        asked = decoded(await body_of(request) or b"{}", DebugRequest, "The request is")
        return json_answer(await self._engine.debugging.start(request.match_info["function"], asked))

    async def stop(self, request: web.Request) -> web.Response:
        """Stop debugging a function."""
        await self._engine.debugging.stop(request.match_info["function"])
        return web.Response(status=204)
