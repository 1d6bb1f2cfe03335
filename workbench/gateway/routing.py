"""Add routes to the server, with answers for unknown paths and for any value of the `Expect` header."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from workbench.gateway.errors import error_response
from workbench.model.failures import ServiceError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ANYTHING, _ANYTHING_CANONICAL = "/{unknown:.*}", "/{unknown}"


def add_routes(application: web.Application, routes: Iterable[web.RouteDef], otherwise: Handler) -> None:
    """Serve these routes. All other requests reach `otherwise`; what raises 404 there is answered by our middleware."""
    for route in routes:
        application.router.add_route(route.method, route.path, route.handler, expect_handler=_continue)
    anything = _Anything(_ANYTHING)
    anything.add_route("*", _Otherwise(otherwise).answer, expect_handler=_continue)
    application.router.register_resource(anything)


class _Anything(web.DynamicResource):
    """Matches every request target, those without a slash as well (`OPTIONS *`).

    What matches nothing would be left to aiohttp's own answers, one of which fails for an Expect header that is not UTF-8.
    """

    def _match(self, path: str) -> dict[str, str]:
        return {"unknown": path}


async def _continue(request: web.Request) -> web.Response | None:
    """Answer `Expect: 100-continue`; refuse any other expectation. Source: RFC 9110, 10.1.1."""
    if request.version < (1, 1):
        return None
    if request.headers.get("Expect", "").lower() != "100-continue":
        return error_response(ServiceError("ServiceException", 417, "Expect: 100-continue is understood, nothing else."))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # this was not part of the answer
    return None


class _Otherwise:
    """Answers what no route does."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Refuse another method for a path of ours, and leave other paths to the handler."""
        if not request.path.startswith("/_"):
            return await self._handler(request)
        allowed: set[str] = set()
        for resource in request.app.router.resources():
            if resource.canonical != _ANYTHING_CANONICAL:
                allowed |= (await resource.resolve(request))[1]
        if allowed:
            raise web.HTTPMethodNotAllowed(request.method, allowed)
        raise web.HTTPNotFound
