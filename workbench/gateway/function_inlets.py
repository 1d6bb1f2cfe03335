"""The inlets through which sandboxes reach AWS routes, function URLs and nothing else of the engine: never `/_workbench/`.

What comes in for AWS routes must be signed with credentials that an environment of this engine was given, because every
container of this machine reaches the bridge on which an inlet listens.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Middleware

from workbench.engine.services_endpoint.environment_keys import EnvironmentKeys
from workbench.gateway.aws_api import LAMBDA, AwsApi
from workbench.gateway.bodies_in_memory import BodiesInMemory
from workbench.gateway.errors import Handler
from workbench.gateway.exact_runner import ExactRunner
from workbench.gateway.reading import BODIES
from workbench.gateway.routing import add_routes
from workbench.gateway.wire.caller import Caller
from workbench.gateway.wire.service_errors import service_error
from workbench.model.lambda_names import Scope
from workbench.model.quotas import REQUEST_LIMIT_BYTES
from workbench.model.web_pages import is_of_a_page, is_public_name

_ISSUED = re.compile(rb"<AccessKeyId>([A-Z0-9]{16,128})</AccessKeyId>")
_ROLE = re.compile(rb"<Arn>arn:aws[a-z-]*:sts::(\d{12}):assumed-role/")
_STS = "sts"


class FunctionInlets:
    """The inlets of one engine: an HTTP server that listens where it is asked to. Use it on the server's loop."""

    def __init__(self, aws: AwsApi, keys: EnvironmentKeys, proven: Iterable[web.RouteDef], bodies: BodiesInMemory,
                 middlewares: tuple[Middleware, ...]) -> None:
        """`proven`: routes whose URLs prove by themselves who may use them.

        `middlewares`: those of the engine's server that bound requests, serve function URLs and turn failures into answers.
        """
        self.url = ""
        self.serves_others: Callable[[], bool] = lambda: True
        """Whether other services than Lambda are served: without them, functions that were led here reach Lambda alone."""
        self._aws = aws
        self._keys = keys
        self._ports: dict[str, int] = {}
        self._opening = asyncio.Lock()
        application = web.Application(middlewares=[*middlewares, _guard], client_max_size=REQUEST_LIMIT_BYTES + 1)
        application[BODIES] = bodies
        add_routes(application, proven, otherwise=self._answer)
        self.runner = ExactRunner(application)

    async def port_at(self, host: str) -> int:
        """Return the port at which it listens on an address of this machine, from now on. Raises OSError."""
        async with self._opening:
            if host not in self._ports:
                if self.runner.server is None:
                    await self.runner.setup()
                before = set(self.runner.addresses)
                await web.TCPSite(self.runner, host, 0).start()
                self._ports[host] = next(each[1] for each in self.runner.addresses if each not in before)
        return self._ports[host]

    async def close(self) -> None:
        """Stop listening."""
        await self.runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        caller, service = self._aws.recognized(request)
        account = self._keys.account_of(caller.key)
        if service not in ("", LAMBDA) and not self.serves_others():
            message = "Functions reach other services than Lambda through this engine only while it has a services endpoint."
            return service_error(request, service, "AccessDeniedException", message, 403)
        if account is None:
            message = "Functions reach this address with the credentials of their own environment alone."
            return service_error(request, service or LAMBDA, "UnrecognizedClientException", message, 403)
        caller = Caller(Scope(caller.scope.region, account), caller.service, caller.key)
        answer = await self._aws.answer_for(request, caller, service)
        if service == _STS and isinstance(answer, web.Response) and isinstance(answer.body, bytes):
            of_role = _ROLE.search(answer.body)
            for issued in _ISSUED.findall(answer.body):
                self._keys.admit_issued(caller.key, issued.decode(), of_role[1].decode() if of_role is not None else account)
        return answer


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse web pages, as the engine's own port does. A container calls this machine by names of its own."""
    reason = inlet_refusal(request)
    return service_error(request, "lambda", "AccessDeniedException", reason, 403) if reason else await handler(request)


def inlet_refusal(request: web.Request) -> str:
    """Return why a request may not come to an inlet, "" if it may. A container calls this machine by names of its own."""
    is_page = is_of_a_page(request.headers) or is_public_name(request.headers.get("Host", ""))
    return "Functions alone are served here." if is_page else ""
