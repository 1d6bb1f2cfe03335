"""Decide who may call. The engine runs code, so a web page must never reach it, and only its owner may use `/_workbench/`.

- The Host header must be a name of ours (see `reach`): after DNS rebinding, a page's requests carry the page's own host name.
- Requests that a browser sends on behalf of a page are refused: those with Origin, or Sec-Fetch-Site other than none.
- `/_workbench/` needs the token of the connection file, which only its owner can read.
"""

from __future__ import annotations

import hmac
import ipaddress
import uuid
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from workbench.model.web_pages import is_of_a_page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refusal = Callable[[web.Request], str]
"""Why a request is refused for where it came from or what it calls us, as a sentence; "" when it may pass."""
OWN = web.RequestKey("own", bool)
"""Set for what this machine's programs ask outside of sandboxes. What came from another machine or a function has it not."""


@web.middleware
async def mark_own(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Mark all requests of a server that only this machine's programs reach."""
    request[OWN] = True
    return await handler(request)


def guard(token: str, refused_by_host: Refusal) -> Middleware:
    """The middleware that refuses requests before any handler sees them."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        reason = refused_by_host(request) or _refusal(request, token)
        if reason:
            headers = {"x-amzn-ErrorType": "AccessDeniedException", "x-amzn-RequestId": str(uuid.uuid4())}
            return web.json_response({"message": reason}, status=403, headers=headers)
        return await handler(request)

    return check


def has_token(request: web.Request, token: str) -> bool:
    """Whether a request carries the token of the connection file."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    # In constant time; a header need not be valid UTF-8, which must refuse the request and not fail it.
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def is_from_loopback(request: web.Request) -> bool:
    """Whether a request came over the loopback interface, and not only under its name."""
    if request.transport is None:
        return False
    ends = [request.transport.get_extra_info(name) for name in ("peername", "sockname")]
    return all(end and ipaddress.ip_address(end[0].partition("%")[0]).is_loopback for end in ends)


def _refusal(request: web.Request, token: str) -> str:
    if is_of_a_page(request.headers):
        return "The engine does not answer web pages."
    if request.path.startswith("/_workbench/") and not has_token(request, token):
        return "The token of the engine's connection file is needed."
    return ""
