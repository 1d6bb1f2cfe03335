"""Passes requests for other AWS services to the services endpoint, and its answers back, both as streams.

Nothing is changed but what belongs to a connection: a signature covers method, path, query, `Host` and other headers.
Source: RFC 9110, 7.6 ("Message Forwarding").
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from aiohttp import web
from multidict import CIMultiDict

from workbench.engine.services_endpoint.endpoint import ServicesEndpoint, whole
from workbench.engine.services_endpoint.failures import NoServicesEndpoint, ServicesUnavailable
from workbench.gateway.bodies_in_memory import BODY_LIMIT_S
from workbench.gateway.reading import kept_body
from workbench.gateway.unread_answers import PART_BYTES, UnreadAnswers
from workbench.gateway.wire.service_errors import service_error
from workbench.model.lambda_names import Scope

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

_VIA = "1.1 lambda-workbench"
_BROKEN_OFF = "The services endpoint broke off its answer."
_OF_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "expect"})
"""Headers of one connection; an expectation is answered before a request is passed on."""


class ServiceRequest(msgspec.Struct, frozen=True):
    """A request for another service than Lambda, of a caller in a scope. `body`: what was read of it already, else None."""

    http: web.Request
    scope: Scope
    service: str
    body: bytes | None = None


class ServicesRelay:
    """Relays requests. Use it on the server's loop."""

    def __init__(self, endpoint: ServicesEndpoint, answers: UnreadAnswers) -> None:
        self._endpoint = endpoint
        self._answers = answers

    async def answer(self, asked: ServiceRequest) -> web.StreamResponse:
        """Answer a request as the services endpoint does, or say in the service's own form why there is none."""
        request = asked.http
        if _VIA in request.headers.getall("Via", ()):
            message = "The services endpoint is this engine itself. Give the address of another with --services."
            return service_error(request, asked.service, "ServicesEndpointUnavailable", message)
        try:
            return await self._relayed(asked)
        except ServicesUnavailable as error:
            code = "NoServicesEndpoint" if isinstance(error, NoServicesEndpoint) else "ServicesEndpointUnavailable"
            return service_error(request, asked.service, code, str(error))

    async def _relayed(self, asked: ServiceRequest) -> web.StreamResponse:
        request = asked.http
        headers = _end_to_end(request.headers)
        headers.add("Via", _VIA)
        kept = asked.body if asked.body is not None else kept_body(request)
        body = kept if kept is not None else _parts(request) if request.body_exists else None
        async with self._endpoint.exchange(
                asked.service, asked.scope.account, request.method, target_of(request), headers, body) as answer:
            return await self._pass_back(request, answer)

    async def _pass_back(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        length = answer.content_length
        if length is not None and length <= PART_BYTES and request.method != "HEAD":
            return web.Response(status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers),
                                body=await whole(answer))
        response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers))
        with self._answers.waiting(request, PART_BYTES) as unread:  # no more than a part is here at a time
            await response.prepare(request)
            try:
                async for part in answer.content.iter_chunked(PART_BYTES):
                    await unread.write(response, part)
            except (aiohttp.ClientError, TimeoutError) as error:
                unread.hang_up()  # the only way left to tell the caller that this was not all
                raise ConnectionResetError(_BROKEN_OFF) from error
            await response.write_eof()
        return response


def target_of(request: web.Request) -> str:
    """Return path and query as they were sent, also if the request names the whole URL. It begins with a slash."""
    target = request.raw_path if request.raw_path.startswith("/") else request.rel_url.raw_path_qs
    return target if target.startswith("/") else f"/{target}"


async def _parts(request: web.Request) -> AsyncIterator[bytes]:
    """Read a body part by part, as fast as they are taken. Raises ConnectionError when its caller stalls or is gone."""
    try:
        while part := await asyncio.wait_for(request.content.readany(), BODY_LIMIT_S):
            yield part
    except TimeoutError:
        raise ConnectionResetError("The body of the request did not come.") from None


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Return the headers without those of the connection, and those that `Connection` names."""
    named = {name.strip().lower() for value in headers.getall("Connection", ()) for name in value.split(",")}
    left_out = _OF_CONNECTION | named
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in left_out)
