"""Add routes to the server, with answers for unknown paths and for any value of the `Expect` header."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

_ANYTHING, _ANYTHING_CANONICAL = "/{unknown:.*}", "/{unknown}"


def add_routes(application: web.Application, routes: Iterable[web.RouteDef]) -> None:
    """Serve these routes. All other requests reach a handler that raises 404 or 405, so that our middleware answers them too."""
    for route in routes:
        application.router.add_route(route.method, route.path, route.handler, expect_handler=_continue)
    application.router.add_route("*", _ANYTHING, _unknown, expect_handler=_continue)


async def _continue(request: web.Request) -> None:
    """Answer `Expect: 100-continue`; refuse any other expectation. Source: RFC 9110, 10.1.1."""
    if request.version < (1, 1):
        return
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed(text="Expect: 100-continue is understood, nothing else.")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # this was not part of the answer


async def _unknown(request: web.Request) -> web.StreamResponse:
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource.canonical != _ANYTHING_CANONICAL:
            allowed |= (await resource.resolve(request))[1]
    if allowed:
        raise web.HTTPMethodNotAllowed(request.method, allowed)
    raise web.HTTPNotFound
