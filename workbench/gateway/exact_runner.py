"""A server that answers in Lambda's shape even what it cannot read as HTTP: a wrong request line, header or length.

aiohttp answers those itself, before there is a request that a middleware could see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from workbench.gateway.errors import error_response
from workbench.gateway.http_log import one_line, server_logger
from workbench.model.failures import ServiceError

Handler = Callable[[Any], Awaitable[web.StreamResponse]]
Before = Callable[[Handler], Handler]
LINE_BYTES = 16_384
"""The longest request line and the longest header, in bytes: those of AWS's load balancers. A request has up to 128 headers, and
the engine keeps those of a thousand callers who do not come to an end, so it is not Lambda's 1 MB.
Source: Elastic Load Balancing guide, "Quotas for your Application Load Balancers".
"""
_CONNECTIONS: dict[str, Any] = {
    "access_log": None, "auto_decompress": False, "max_line_size": LINE_BYTES, "max_field_size": LINE_BYTES}
"""Bodies stay compressed until a handler reads them: signatures cover them as they came, and so they are passed on."""


class ExactRunner(web.AppRunner):
    """Runs an application. Its connections end two seconds after it is told to stop.

    `before` gets every request first, given the application as the handler of what it does not answer itself.
    """

    def __init__(self, application: web.Application, before: Before = lambda application: application) -> None:
        super().__init__(application, logger=server_logger(), shutdown_timeout=2, **_CONNECTIONS)
        self._before = before

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(self._before(made.request_handler), request_factory=made.request_factory)


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), logger=server_logger(), **_CONNECTIONS)


class _Connection(web.RequestHandler):
    """One connection. Every answer of it has Lambda's shape and a request ID."""

    __slots__ = ()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what could not be read, or what failed outside our handlers; the connection is closed afterwards.

        Raises ConnectionError when a part of an answer has been sent.
        """
        super().handle_error(request, status, exc, message)  # logs it
        answer = error_response(_refusal(status, exc))
        answer.force_close()
        return answer


def _refusal(status: int, error: BaseException | None) -> ServiceError:
    if status >= 500 or error is None:
        return ServiceError("ServiceException", status, "Internal failure", fault="Service")
    return ServiceError("InvalidRequestContentException", status, f"Could not parse request: {one_line(error)}")
