"""The direct way for invocations as nearly all are: Invoke of a small event by a program of this machine, with nothing special.

What middlewares, router and the operation's parameters would say of such a request is known as soon as its path, the names of
its headers and its host are. Everything else, and whatever is wrong, is left to them: nothing is refused here.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast

from aiohttp import web
from yarl import URL

from workbench.engine.invocation.request import InvokeRequest
from workbench.engine.service import Engine
from workbench.gateway.admission import Admission
from workbench.gateway.aws_api import LAMBDA
from workbench.gateway.bodies_in_memory import read_at_once
from workbench.gateway.body_encodings import is_packed
from workbench.gateway.errors import answer_errors
from workbench.gateway.operations.invocations import SANDBOX_KINDS, answer_headers
from workbench.gateway.unread_answers import PART_BYTES, UnreadAnswers
from workbench.gateway.waiting_connections import WaitingConnections
from workbench.gateway.wire.caller import Caller, caller_of
from workbench.gateway.wire.constraints import check
from workbench.gateway.wire.parameters import HttpParameters, parameters_of
from workbench.gateway.wire.router import router
from workbench.gateway.wire.service_model import service_model
from workbench.gateway.written_answer import WrittenAnswer
from workbench.model.engine_api import COLD_HEADER, REFRESH_HEADER, REQUEST_ID_HEADER, SANDBOX_HEADER
from workbench.model.failures import ServiceError
from workbench.model.function import SandboxKind
from workbench.model.lambda_names import FunctionReference, function_reference
from workbench.model.quotas import REQUEST_LIMIT_BYTES
from workbench.model.random_ids import new_uuid
from workbench.model.web_pages import is_loopback

_OPERATION = "Invoke"
_FUNCTIONS = "/2015-03-31/functions/"
_LONGEST_PATH = 256
"""Longer ones are not remembered, which would take their memory."""
_OF_OTHERS = ("Expect", "Origin", "Sec-Fetch-Site", "X-Amz-Target", "X-Amzn-Trace-Id", COLD_HEADER, REFRESH_HEADER,
              REQUEST_ID_HEADER)
"""Headers, besides those of the operation's own parameters, that decide something which is not known here."""
_SANDBOX = SANDBOX_HEADER.lower().encode()
_PACKED = frozenset((b"content-encoding", b"x-amz-content-sha256"))
"""Headers without which a body is as it is, see `body_encodings`."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DirectInvocations:
    """The direct way of one server that only programs of this machine reach. Use it on the server's loop."""

    def __init__(self, engine: Engine, admission: Admission, waiting: WaitingConnections, answers: UnreadAnswers) -> None:
        self._engine = engine
        self._admission = admission
        self._waiting = waiting
        self._answers = answers

    def before(self, others: Handler) -> Handler:
        """Return the handler of all requests, given the one of those that do not go the direct way."""
        def answer(request: web.Request) -> Awaitable[web.StreamResponse]:
            asked = self._asked(request)
            return others(request) if asked is None else self._answer(request, asked)

        return answer

    def _asked(self, request: web.Request) -> InvokeRequest | None:
        """Return the invocation that a request asks for; None, and the request is untouched, if it has to go the other way."""
        function = _function(request.raw_path) if len(request.raw_path) <= _LONGEST_PATH else None
        if function is None or request.method != "POST" or not self._admission.is_open:
            return None
        given = {name.lower(): value for name, value in request.raw_headers}  # aiohttp's takes as long for each question
        if len(given) < len(request.raw_headers) or not _special_names().isdisjoint(given):
            return None
        sandbox = given.get(_SANDBOX, b"").decode("latin-1") or None
        if not is_loopback(given.get(b"host", b"").decode("latin-1")) or (sandbox is not None and sandbox not in SANDBOX_KINDS):
            return None
        home = self._engine.resources.home
        caller = caller_of(request, home) if b"authorization" in given else Caller(home)
        if caller.service not in ("", LAMBDA) or (function.region and function.region != caller.scope.region):
            return None
        if not _PACKED.isdisjoint(given) and is_packed(request.headers):
            return None
        body = read_at_once(request, REQUEST_LIMIT_BYTES)  # last: it takes the body
        return None if body is None else InvokeRequest(
            function_name=function.name, qualifier=function.qualifier, scope=function.within(caller.scope), payload=body,
            request_id=new_uuid(), sandbox=cast("SandboxKind | None", sandbox))

    async def _answer(self, request: web.Request, asked: InvokeRequest) -> web.StreamResponse:
        self._waiting.begin(request.protocol)
        try:
            outcome = await self._engine.invoke_within(asked)
        except Exception as error:
            return await answer_errors(request, partial(_raise, error))
        else:
            if len(outcome.result.payload) <= PART_BYTES and WrittenAnswer.suits(request):
                return WrittenAnswer(answer_headers(outcome), outcome.result.payload)
            sending = self._answers.sent(request, web.Response(body=outcome.result.payload, headers=answer_headers(outcome)))
            del outcome  # or a failure's traceback, which has this frame, would keep what nobody reads any more
            return await sending
        finally:
            self._waiting.end(request.protocol)


@functools.lru_cache(512)
def _function(raw_path: str) -> FunctionReference | None:
    """Return the function that a path asks to invoke; None for any other path, and for one with more than a qualifier."""
    if not raw_path.startswith(_FUNCTIONS):
        return None
    url = URL(raw_path, encoded=True)
    route = router().route("POST", url.raw_path, url.query)
    if route is None or route.operation.name != _OPERATION or url.query.keys() - {"Qualifier"}:
        return None
    try:
        parameters = parameters_of(service_model(), route.operation, HttpParameters(route.parameters, url.query, {}, b""))
        check(service_model(), route.operation, parameters)
        return function_reference(parameters["FunctionName"], parameters.get("Qualifier", ""))
    except ServiceError:
        return None


@functools.cache
def _special_names() -> frozenset[bytes]:
    model = service_model()
    members = (member for _, member in model.input_of(model.operations[_OPERATION]).outside if member.location == "header")
    names = (*_OF_OTHERS, *(member.location_name for member in members))
    return frozenset(name.lower().encode() for name in names)


async def _raise(error: Exception, _: web.Request) -> web.StreamResponse:
    raise error
