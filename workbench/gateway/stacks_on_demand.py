"""CloudFormation, whose code is loaded with the first request: fifty modules, for which no engine's start should wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from workbench.engine.clock import Clock
from workbench.engine.service import Engine
from workbench.gateway.custom_resource_path import RESPONSES
from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.reading import body_of
from workbench.gateway.services_relay import ServiceRequest
from workbench.model.failures import ServiceError

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

    def routes(self) -> list[web.RouteDef]:
        """The route for answers of custom resources. Its path has a proof of its own: a token that only the function was told."""
        return [web.put(RESPONSES + "{token}", self._receive)]

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        """Take an answer, as Amazon S3 does on AWS: without a word. Raises ServiceError 403 for one that nobody awaits."""
        body = await body_of(request)
        if self._api is None or not self._api.receive(request.match_info["token"], body):
            raise ServiceError("AccessDeniedException", 403, "No custom resource is awaited under this URL.",
                               hint="Its stack has ended, or the answer came too late.")
        return web.Response()

    async def close(self) -> None:
        """Break off what is in progress."""
        if self._api is not None:
            await self._api.close()

    def _made(self) -> CloudFormationApi:
        from workbench.engine.cloudformation.room import STACKS_FOLDER, CloudFormation
        from workbench.gateway.cloudformation.api import CloudFormationApi
        from workbench.gateway.cloudformation.custom_functions import DirectCustomFunctions
        from workbench.gateway.cloudformation.lambda_calls import DirectLambdaCalls

        resources = self._engine.resources
        calls = DirectLambdaCalls(self._lambda, resources.functions, self._address)
        stacks = CloudFormation(resources.folder.parent / STACKS_FOLDER, calls, DirectCustomFunctions(self._engine),
                                self._engine.services_endpoint, Clock())
        return CloudFormationApi(stacks, resources.check_changeable)
