"""Calls that invoke a function, synchronously or as an event."""

from __future__ import annotations

import base64
import io
from urllib.parse import quote

import msgspec

from workbench.client.answers import InvokeAnswer
from workbench.client.sending import Send
from workbench.model.engine_api import COLD_HEADER, REFRESH_HEADER, REQUEST_ID_HEADER, SANDBOX_HEADER
from workbench.model.failures import ServiceError
from workbench.model.function import SandboxKind

_LARGE_BODY_BYTES = 1_000_000


class InvokeWish(msgspec.Struct, frozen=True, kw_only=True):
    """How a function is to be invoked; what is "" or None is not asked for.

    `qualifier`: a version or an alias. `cold`: in a new environment. `refresh`: the engine reads the workspace first.
    `client_context`: JSON text.
    """

    qualifier: str = ""
    sandbox: SandboxKind | None = None
    cold: bool = False
    refresh: bool = False
    request_id: str = ""
    tenant_id: str = ""
    client_context: str = ""

    def headers(self) -> dict[str, str]:
        """The headers that ask for it."""
        given = {
            SANDBOX_HEADER: self.sandbox or "", COLD_HEADER: "true" if self.cold else "",
            REFRESH_HEADER: "true" if self.refresh else "", REQUEST_ID_HEADER: self.request_id,
            "X-Amz-Tenant-Id": self.tenant_id, "X-Amz-Client-Context": base64.b64encode(self.client_context.encode()).decode()}
        return {"Content-Type": "application/json", **{name: value for name, value in given.items() if value}}

    def query(self) -> dict[str, str]:
        """The query that asks for it."""
        return {"Qualifier": self.qualifier} if self.qualifier else {}


class InvocationCalls:
    """Every call raises ServiceError for what Lambda itself refuses, and EngineError when the engine does not answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def invoke(self, function_name: str, payload: bytes, wish: InvokeWish) -> InvokeAnswer:
        """Invoke synchronously. An error of the function raises nothing."""
        answered, body = await self._send(
            "POST", _path(function_name), data=_body(payload), headers=wish.headers(), params=wish.query())
        return InvokeAnswer(
            request_id=answered.get("x-amzn-RequestId", ""),
            function_error=answered.get("X-Amz-Function-Error", ""),
            executed_version=answered.get("X-Amz-Executed-Version", ""),
            payload=body,
        )

    async def send(self, function_name: str, payload: bytes, wish: InvokeWish) -> str:
        """Invoke asynchronously, and return the request ID."""
        headers = {**wish.headers(), "X-Amz-Invocation-Type": "Event"}
        answered, _ = await self._send(
            "POST", _path(function_name), data=_body(payload), headers=headers, params=wish.query())
        return str(answered["x-amzn-RequestId"])

    async def whole_answer(self, request_id: str) -> bytes | None:
        """Return an answer of which the stream has only a part; None if the engine does not keep it (any more)."""
        try:
            _, body = await self._send("GET", f"/_workbench/invocations/{quote(request_id, safe='')}/answer")
        except ServiceError as error:
            if error.status == 404:
                return None
            raise
        return body


def _path(function_name: str) -> str:
    return f"/2015-03-31/functions/{quote(function_name, safe='')}/invocations"


def _body(payload: bytes) -> bytes | io.BytesIO:
    """The payload in the form that aiohttp sends without blocking the loop: a file object if it is large."""
    return payload if len(payload) < _LARGE_BODY_BYTES else io.BytesIO(payload)
