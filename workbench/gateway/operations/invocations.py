"""Operations that invoke: Invoke, InvokeAsync and InvokeWithResponseStream.

Source: API reference, Invoke, InvokeAsync and InvokeWithResponseStream; recorded answers of the service.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, cast, get_args

import msgspec
from aiohttp import web

from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.invocation.tenants import check_tenant
from workbench.engine.service import Engine
from workbench.gateway.guard import OWN
from workbench.gateway.log_tail import log_tail
from workbench.gateway.operations.call import Answer, Call
from workbench.gateway.reading import header_text
from workbench.gateway.response_streaming import stream_response
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.engine_api import COLD_HEADER, REFRESH_HEADER, REQUEST_ID_HEADER, SANDBOX_HEADER
from workbench.model.failures import ServiceError
from workbench.model.function import SandboxKind
from workbench.model.limits import INVOKE_ASYNC

SANDBOX_KINDS = get_args(SandboxKind)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


class InvocationOperations:
    """Invoke functions, over one engine."""

    def __init__(self, engine: Engine, answers: UnreadAnswers) -> None:
        self._engine = engine
        self._answers = answers

    async def invoke(self, call: Call) -> Answer:
        """Invoke: RequestResponse, DryRun, and Event, which is answered once the event is on disk."""
        # The window saves and invokes with one click: its file must count even if the watch has not noticed it yet.
        if call.http.headers.get(REFRESH_HEADER, "").lower() == "true":
            self._engine.cache.build_again()
            await self._engine.refresh()
        request = _invoke_request(call)
        if await self._is_dry_run(call, request):
            return web.Response(status=204, headers={"x-amzn-RequestId": call.request_id})
        if call.parameters.get("InvocationType") == "Event":
            return _accepted(request, await self._engine.asynchronous.acceptance.accept(request))
        outcome = await self._engine.invoke_within(request)
        headers = answer_headers(outcome)
        if call.parameters.get("LogType") == "Tail":
            headers["X-Amz-Log-Result"] = await log_tail(self._engine, outcome.request_id)
        return web.Response(body=outcome.result.payload, headers=headers)

    async def invoke_with_response_stream(self, call: Call) -> Answer:
        """InvokeWithResponseStream: RequestResponse and DryRun. Sends the response as event-stream frames as it arrives."""
        request = _invoke_request(call)
        if await self._is_dry_run(call, request):
            return web.Response(status=204, headers={"x-amzn-RequestId": call.request_id})
        return await stream_response(self._engine, call.http, request, self._answers)

    async def invoke_async(self, call: Call) -> Answer:
        """InvokeAsync (deprecated): as Invoke with Event, for events of up to 256 KB."""
        request = msgspec.structs.replace(_invoke_request(call), payload=call.parameters.get("InvokeArgs", b""))
        accepted = _accepted(request, await self._engine.asynchronous.acceptance.accept(request, INVOKE_ASYNC))
        accepted.body, accepted.content_type = b'{"Status":202}', "application/json"
        return accepted

    async def _is_dry_run(self, call: Call, request: InvokeRequest) -> bool:
        """Whether the caller only wants the request checked, which is done then. Raises ServiceError."""
        is_dry = bool(call.parameters.get("InvocationType") == "DryRun")
        if is_dry:
            target = await self._engine.readiness.target(request)
            check_tenant(target.function, request.tenant_id)
        return is_dry


def _invoke_request(call: Call) -> InvokeRequest:
    scope, function = call.function()
    headers = call.http.headers
    asked = headers.get(SANDBOX_HEADER, "")
    if asked and asked not in SANDBOX_KINDS:
        known = " or ".join(SANDBOX_KINDS)
        raise ServiceError("InvalidParameterValueException", 400, f"{SANDBOX_HEADER} is {known}, not {asked!r}.")
    if asked and OWN not in call.http:
        # A function could take code out of its isolation, with the rights of the person whose engine it is.
        message = f"{SANDBOX_HEADER} is for callers on the engine's own machine, outside of sandboxes."
        raise ServiceError("AccessDeniedException", 403, message, hint="The engine's settings choose the sandbox.")
    request_id = headers.get(REQUEST_ID_HEADER, "").lower()
    if request_id and not _UUID.match(request_id):
        raise ServiceError("InvalidParameterValueException", 400, f"{REQUEST_ID_HEADER} is not a UUID.")
    return InvokeRequest(
        function_name=function.name, qualifier=function.qualifier, scope=scope,
        payload=call.parameters.get("Payload", b""),
        request_id=request_id or call.request_id,
        sandbox=cast("SandboxKind", asked) if asked else None,
        cold=headers.get(COLD_HEADER, "").lower() == "true",
        client_context=_client_context(call.parameters.get("ClientContext", "")),
        trace_id=header_text(headers.get("X-Amzn-Trace-Id", "")),
        tenant_id=call.parameters.get("TenantId", ""),
        durable_name=call.parameters.get("DurableExecutionName", ""),
    )


def _accepted(request: InvokeRequest, trace_id: str) -> web.Response:
    """The answer to an event: neither body nor executed version. Source: recorded answers of the service."""
    return web.Response(status=202, headers={
        "x-amzn-RequestId": request.request_id, "X-Amzn-Trace-Id": trace_id, "x-amzn-Remapped-Content-Length": "0"})


def _client_context(encoded: str) -> str:
    """The decoded JSON text, "" for none. Source: Invoke API, X-Amz-Client-Context (base64, at most 3,583 bytes)."""
    if not encoded:
        return ""
    try:
        decoded = msgspec.json.decode(base64.b64decode(encoded, validate=True), type=dict[str, Any])
        return json.dumps(decoded)  # it escapes non-ASCII: the text becomes a Runtime API header
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise ServiceError("InvalidRequestContentException", 400, message) from error


def answer_headers(outcome: InvokeOutcome) -> dict[str, str]:
    """Return the headers with which an outcome is answered."""
    headers = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": outcome.request_id,
        "X-Amz-Executed-Version": outcome.executed_version,
        "X-Amzn-Trace-Id": outcome.trace_id,
        "x-amzn-Remapped-Content-Length": "0",
    }
    if outcome.durable_arn:
        headers["X-Amz-Durable-Execution-Arn"] = outcome.durable_arn
    if outcome.result.function_error:
        headers["X-Amz-Function-Error"] = outcome.result.function_error
    return headers
