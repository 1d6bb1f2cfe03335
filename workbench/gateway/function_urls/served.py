"""Serves function URLs beside the engine's own routes, which these hosts and paths never reach.

Web pages may call a function URL, which is what it is for. The engine's guard refuses them everywhere else.
"""

from __future__ import annotations

import functools
import time
import uuid

from aiohttp import web
from aiohttp.hdrs import METH_CONNECT

from workbench.engine.invocation.request import InvokeRequest, new_trace_id
from workbench.engine.registry.attached import FunctionUrlRecord
from workbench.engine.service import Engine
from workbench.gateway.admission import Admission
from workbench.gateway.function_urls.access import UrlAccess
from workbench.gateway.function_urls.addresses import NamedUrl, domain_name, may_name_url, named_url, program_url_at
from workbench.gateway.function_urls.answer import JSON, HttpAnswer
from workbench.gateway.function_urls.cors import is_preflight, preflight_headers, shared_headers
from workbench.gateway.function_urls.event import UrlRequest, event_of
from workbench.gateway.function_urls.exchange import Exchange
from workbench.gateway.function_urls.invoking import UrlInvoking
from workbench.gateway.function_urls.recording import Recording, Recordings
from workbench.gateway.guard import Handler, Refusal
from workbench.gateway.reading import header_text, wire_body_of
from workbench.gateway.services_relay import target_of
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.model.function_version import LATEST
from workbench.model.limits import request_too_large
from workbench.model.quotas import REQUEST_LIMIT_BYTES

_NOTHING = b'{"Message":null}'
"""What an id is answered that no function has. Source: recorded answers of the service."""


class ServedUrls:
    """The function URLs of one engine. Use it on the server's loop."""

    def __init__(
        self, engine: Engine, access: UrlAccess, refused_by_host: Refusal, admission: Admission, answers: UnreadAnswers
    ) -> None:
        """`refused_by_host` says why a request may not come to this engine at all, "" if it may."""
        self._engine = engine
        self._access = access
        self._refused_by_host = refused_by_host
        self._admission = admission
        self._invoking = UrlInvoking(engine, answers)
        self.recordings = Recordings()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer requests for function URLs, and leave all others to the handler."""
        host = request.headers.get("Host", "")
        if not may_name_url(host, request.raw_path):
            return await handler(request)
        named = named_url(host, target_of(request).partition("?")[0])
        if named is None:
            return await handler(request)
        reason = self._refused_by_host(request)
        if reason:
            raise ServiceError("AccessDeniedException", 403, reason)
        return await self._admission.middleware(request, functools.partial(self._answer, named))

    async def _answer(self, named: NamedUrl, request: web.Request) -> web.StreamResponse:
        record = self._engine.resources.function_urls.by_id(named.url_id)
        trace_id = header_text(request.headers.get("X-Amzn-Trace-Id", "")) or new_trace_id()
        origin = request.headers.get("Origin", "")
        shared = shared_headers(record.cors, origin) if record is not None and record.cors else None
        exchange = Exchange(request, str(uuid.uuid4()), trace_id, shared)
        if request.method == METH_CONNECT:
            return _no_tunnel(exchange)
        if record is None or named.region not in ("", record.scope.region):
            return exchange.whole(HttpAnswer(403, _kind("AccessDeniedException"), _NOTHING))
        if record.cors and is_preflight(request.method, request.headers):
            asked = Exchange(request, exchange.request_id, trace_id, preflight_headers(record.cors, origin))
            return asked.whole(HttpAnswer(200, (("Content-Type", JSON),)))
        try:
            invoke = await self._invocation(record, named, exchange)
            run = self._invoking.streamed if record.invoke_mode == "RESPONSE_STREAM" else self._invoking.buffered
            return await run(exchange, invoke)
        except WorkbenchError as error:
            return exchange.refused(error)

    async def _invocation(self, record: FunctionUrlRecord, named: NamedUrl, exchange: Exchange) -> InvokeRequest:
        """Return what a request asks of the function. Raises ServiceError for one that may not, or is too large."""
        request, iam = exchange.request, None
        if record.auth_type == "NONE":
            self._access.check_public(record)
        body = await wire_body_of(request, REQUEST_LIMIT_BYTES, lambda _: request_too_large())
        if record.auth_type != "NONE":
            iam = await self._access.signer(record, request, body)
        ends = [request.transport.get_extra_info(name) for name in ("peername", "sockname")] if request.transport else [None] * 2
        asked = UrlRequest(
            url_id=record.url_id, domain_name=domain_name(record.url_id, record.scope.region), method=request.method,
            path=named.path, query=target_of(request).partition("?")[2], headers=tuple(request.headers.items()), body=body,
            protocol=f"HTTP/{request.version.major}.{request.version.minor}", source_ip=str(ends[0][0]) if ends[0] else "",
            port=str(ends[1][1]) if ends[1] else "", request_id=exchange.request_id, trace_id=exchange.trace_id,
            time_ms=int(time.time() * 1000), iam=iam)
        alias = "" if record.qualifier == LATEST else record.qualifier
        address = f"{request.scheme}://{request.host}"
        called = address if named.region else program_url_at(address, record.url_id).rstrip("/")  # as the caller did
        exchange.recording = self.recordings.begin(Recording(asked, called, record.function_name, alias))
        return InvokeRequest(
            function_name=record.function_name, qualifier=alias, scope=record.scope, payload=event_of(asked),
            request_id=exchange.request_id, trace_id=exchange.trace_id, trigger="url")


def _no_tunnel(exchange: Exchange) -> web.Response:
    """Refuse CONNECT, which a 200 would tell that a tunnel is open; what the caller sends next is no HTTP.

    Source: RFC 9110, 9.3.6. AWS says only of its load balancers that they do not support it and answer 400 (Elastic Load
    Balancing guide, "Troubleshoot a Classic Load Balancer: HTTP errors").
    """
    message = "Could not parse request: the method CONNECT is not supported"
    answer = exchange.refused(ServiceError("InvalidRequestContentException", 400, message))
    answer.force_close()
    return answer


def _kind(error: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", JSON), ("x-amzn-ErrorType", error))
