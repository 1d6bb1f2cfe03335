"""Let a request pass only if it is signed with an issued key: for an engine that listens beyond loopback.

The whole body is read first, because it is part of what is signed; who names no issued key, or another time, is refused before.
"""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Middleware

from workbench.gateway.code_downloads import PREFIX
from workbench.gateway.custom_resource_path import RESPONSES
from workbench.gateway.errors import Handler
from workbench.gateway.guard import OWN, has_token, is_from_loopback
from workbench.gateway.reading import keep_body, wire_body_of
from workbench.gateway.signatures.canonical import SignedMessage
from workbench.gateway.signatures.verification import Verification
from workbench.gateway.wire.caller import caller_of
from workbench.gateway.wire.service_errors import service_error
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope
from workbench.model.quotas import CODE_REQUEST_LIMIT_BYTES

ELSEWHERE = ("/_workbench/", PREFIX, RESPONSES)
"""Paths with a proof of their own: the token, and a signature or a token in the URL."""
SIGNER = web.RequestKey("signer", str)
"""The access key ID that a request is signed with, where that was verified."""
_QUICK_BYTES = 1 << 20
_NOWHERE = Scope("", "")


def message_of(request: web.Request) -> SignedMessage:
    """Return what of a request may be signed."""
    return SignedMessage(request.method, request.raw_path, request.headers)


def signed_requests(verification: Verification, token: str) -> Middleware:
    """Make the middleware. The window's token is as good as a signature: it is accepted on loopback only."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_from_loopback(request) and has_token(request, token):
            request[OWN] = True
        elif not request.path.startswith(ELSEWHERE):
            try:
                await _verify(request, verification)
            except ServiceError as error:
                service = caller_of(request, _NOWHERE).service
                if service in ("", "lambda"):
                    raise
                return service_error(request, service, error.code, f"{error.message} {error.hint}".strip(), error.status)
        return await handler(request)

    return check


async def _verify(request: web.Request, verification: Verification) -> None:
    signed = verification.begin(message_of(request))
    body = await wire_body_of(request, CODE_REQUEST_LIMIT_BYTES)
    if len(body) > _QUICK_BYTES:
        await asyncio.to_thread(signed.check, body)
    else:
        signed.check(body)
    keep_body(request, body)
    request[SIGNER] = signed.claim.key_id
