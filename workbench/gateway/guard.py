"""Decide who may call. The engine runs code, so a web page must never reach it, and only its owner may use `/_workbench/`.

- The Host header must name the loopback interface: after DNS rebinding, a page's requests carry the page's own host name.
  Names below localhost are its own too; Amazon S3's clients put the bucket there.
- Requests that a browser sends on behalf of a page are refused: those with Origin, or Sec-Fetch-Site other than none.
- `/_workbench/` needs the token of the connection file, which only its owner can read.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from workbench.model.web_pages import is_below_localhost, is_loopback, is_of_a_page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refusal(request: web.Request, token: str) -> str:
    """Why the request is refused, as a sentence; "" when it may pass."""
    host = request.headers.get("Host", "")
    if ".lambda-url." in host:
        return "Function URLs are not served yet. Invoke the function through the Lambda API."
    if not is_loopback(host) and not is_below_localhost(host):
        return f"The engine answers on loopback only, not as {host!r}."
    if is_of_a_page(request.headers):
        return "The engine does not answer web pages."
    if request.path.startswith("/_workbench/"):
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        # In constant time; a header need not be valid UTF-8, which must refuse the request and not fail it.
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()):
            return "The token of the engine's connection file is needed."
    return ""


def guard(token: str) -> Middleware:
    """The middleware that refuses requests before any handler sees them."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        reason = refusal(request, token)
        if reason:
            return web.json_response({"message": reason}, status=403, headers={"x-amzn-ErrorType": "AccessDeniedException"})
        return await handler(request)

    return check
