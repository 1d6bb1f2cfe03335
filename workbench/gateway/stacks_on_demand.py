"""CloudFormation, whose code is loaded with the first request: fifty modules, for which no engine's start should wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from workbench.engine.clock import Clock
from workbench.engine.service import Engine
from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.services_relay import ServiceRequest

if TYPE_CHECKING:
    from workbench.gateway.cloudformation.api import CloudFormationApi


class StacksOnDemand:
    """Answers CloudFormation's requests. Use it on the server's loop."""

    def __init__(self, engine: Engine, lambda_api: LambdaApi, address: Callable[[], str]) -> None:
        """`address`: where callers reach the engine, known once it listens."""
        self._engine = engine
        self._lambda = lambda_api
        self._address = address
        self._api: CloudFormationApi | None = None

    async def answer(self, asked: ServiceRequest) -> web.StreamResponse:
        """Answer a request."""
        if self._api is None:
            self._api = self._made()
        return await self._api.answer(asked)

    async def close(self) -> None:
        """Break off what is in progress."""
        if self._api is not None:
            await self._api.close()

    def _made(self) -> CloudFormationApi:
        from workbench.engine.cloudformation.room import STACKS_FOLDER, CloudFormation
        from workbench.gateway.cloudformation.api import CloudFormationApi
        from workbench.gateway.cloudformation.lambda_calls import DirectLambdaCalls

        resources = self._engine.resources
        calls = DirectLambdaCalls(self._lambda, self._address)
        stacks = CloudFormation(resources.folder.parent / STACKS_FOLDER, calls, self._engine.services_endpoint, Clock())
        return CloudFormationApi(stacks, resources.check_changeable)
