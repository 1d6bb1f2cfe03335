"""One port for everything: Lambda's requests are answered here, other services' where these are.

A request belongs to the service that its signature names; without one, to the service that it names otherwise.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from workbench.gateway.lambda_api import LambdaApi
from workbench.gateway.reading import kept_body, wire_body_of
from workbench.gateway.services_relay import ServiceRequest, ServicesRelay
from workbench.gateway.wire.caller import Caller, caller_of
from workbench.gateway.wire.router import router
from workbench.gateway.wire.service_names import (
    ACTION_LIMIT_BYTES,
    is_form,
    is_upload_form,
    may_be_anothers,
    named_service,
    service_of_action,
)
from workbench.model.lambda_names import Scope

LAMBDA = "lambda"
ServiceHandler = Callable[[ServiceRequest], Awaitable[web.StreamResponse]]
"""Answers the requests of one service."""


class AwsApi:
    """All services behind one port. `own` has the handlers of services that are ours besides Lambda, by their signing names."""

    def __init__(
        self, home: Callable[[], Scope], lambda_api: LambdaApi, relay: ServicesRelay, own: Mapping[str, ServiceHandler]
    ) -> None:
        """`home`: the workspace's Region and account."""
        self._home = home
        self._lambda = lambda_api
        self._relay = relay
        self._own = own

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request of any service. Raises what `LambdaApi.answer` raises."""
        return await self.answer_for(request, *self.recognized(request))

    def recognized(self, request: web.Request) -> tuple[Caller, str]:
        """Return who calls, and which service; "" if that is not known without looking at path and body."""
        caller = caller_of(request, self._home())
        return caller, caller.service or named_service(request)

    async def answer_for(self, request: web.Request, caller: Caller, service: str) -> web.StreamResponse:
        """Answer a request of a caller for a service. Raises what `LambdaApi.answer` raises."""
        if service not in ("", LAMBDA):
            return await self._answer_other(ServiceRequest(request, caller.scope, service, kept_body(request)))
        # The route first, which is remembered.
        if not service and not router().route(
                request.method, request.rel_url.raw_path, request.query) and may_be_anothers(request):
            return await self._answer_form(request, caller)
        return await self._lambda.answer(request, caller)

    async def _answer_form(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer a form that is not signed, names no service and is none of Lambda's."""
        if is_upload_form(request):
            return await self._answer_other(ServiceRequest(request, caller.scope, "s3", kept_body(request)))
        body = await wire_body_of(request, ACTION_LIMIT_BYTES) if is_form(request) else b""
        service = service_of_action(body, request.query)
        if not service:
            raise web.HTTPNotFound
        return await self._answer_other(ServiceRequest(request, caller.scope, service, body))

    async def _answer_other(self, asked: ServiceRequest) -> web.StreamResponse:
        handler = self._own.get(asked.service, self._relay.answer)
        return await handler(asked)
