"""Runs the function of a URL and sends its answer: whole (BUFFERED), or as it comes (RESPONSE_STREAM).

Source: Lambda guide, "Response streaming for Lambda functions" and "Invoking Lambda function URLs".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable

import msgspec
from aiohttp import web

from workbench.background import begin_awaited
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.engine.invocation.response_stream import ResponseStream
from workbench.engine.invocation.result import InvocationResult
from workbench.engine.service import Engine
from workbench.gateway.function_urls.answer import HttpAnswer, answer_of, head_of
from workbench.gateway.function_urls.exchange import Exchange
from workbench.gateway.function_urls.headers import CONTENT_TYPE, Malformed
from workbench.gateway.pacing import paced
from workbench.gateway.unread_answers import PART_BYTES, UnreadAnswers
from workbench.model.failures import WorkbenchError
from workbench.model.json_text import decoded

INTEGRATION = "application/vnd.awslambda.http-integration-response"
"""The type of a stream that begins with status and headers, as JSON, and eight zero bytes."""
_END = bytes(8)
MOST_HEAD_BYTES = 262_144
_BODILESS = (204, 304)


class UrlInvoking:
    """Invokes for function URLs. Both methods raise WorkbenchError for what is refused before the function runs."""

    def __init__(self, engine: Engine, answers: UnreadAnswers) -> None:
        self._engine = engine
        self._answers = answers

    async def buffered(self, exchange: Exchange, invoke: InvokeRequest) -> web.StreamResponse:
        """Answer when the function has ended."""
        outcome = await self._engine.invoke(invoke)
        return _whole(exchange, outcome.result)

    async def streamed(self, exchange: Exchange, invoke: InvokeRequest) -> web.StreamResponse:
        """Answer while the function runs. A failure in the middle ends the connection without its last chunk."""
        stream = ResponseStream()
        call = begin_awaited("A streamed invocation", self._engine.invoke(msgspec.structs.replace(invoke, stream=stream)))
        call.add_done_callback(lambda _: stream.close())  # a callback, because after the caller has gone nothing awaits the call
        chunks = stream.chunks()
        first = await anext(chunks, None)
        if first is None:
            return _whole(exchange, (await call).result)
        try:
            head, rest = await _head(stream, first, chunks)
        except Malformed as error:
            stream.abandon()
            return exchange.failed(str(error))
        try:
            response = await exchange.begin(head)
            await self._send(exchange, response, rest, chunks)
            if await _has_failed(call):
                exchange.break_off()
            await response.write_eof()
            exchange.ended("whole")
        except ConnectionError:
            exchange.ended("left")
            stream.abandon()  # the invocation goes on without its caller, as on Lambda
            raise
        return response

    async def _send(
        self, exchange: Exchange, response: web.StreamResponse, first: bytes, chunks: AsyncIterator[bytes]
    ) -> None:
        has_body = exchange.request.method != "HEAD" and response.status not in _BODILESS
        with self._answers.waiting(exchange.request, PART_BYTES) as unread:
            if first and has_body:
                await unread.write(response, first)
                exchange.sent(first)
            async for chunk in paced(chunks, len(first)):
                if has_body and chunk:
                    await unread.write(response, chunk)
                    exchange.sent(chunk)


def _whole(exchange: Exchange, result: InvocationResult) -> web.Response:
    if result.function_error:
        return exchange.failed(f"The function failed: {_error_type(result) or 'its log says why'}.")
    try:
        return exchange.whole(answer_of(result.payload))
    except Malformed as error:
        if not result.was_streamed:
            return exchange.failed(str(error))
    return exchange.whole(HttpAnswer(200, ((CONTENT_TYPE, "application/octet-stream"),), result.payload))


def _error_type(result: InvocationResult) -> str:
    """Return the type that the error document names: what the runtime reports beside it is often a Runtime.Unknown."""
    try:
        document = decoded(result.payload)
    except (ValueError, RecursionError):
        document = None
    named = document.get("errorType") if isinstance(document, dict) else None
    return named if isinstance(named, str) else result.error_type


async def _head(stream: ResponseStream, first: bytes, chunks: AsyncIterator[bytes]) -> tuple[HttpAnswer, bytes]:
    """Read what a stream begins with, and return that and the part of the body that came with it. Raises Malformed."""
    if stream.content_type.partition(";")[0].strip().lower() != INTEGRATION:
        return HttpAnswer(200, ((CONTENT_TYPE, stream.content_type),)), first
    read = bytearray(first)
    while _END not in read and len(read) <= MOST_HEAD_BYTES:
        chunk = await anext(chunks, None)
        if chunk is None:
            break
        read += chunk
    head, end, body = bytes(read).partition(_END)
    if not end or len(head) > MOST_HEAD_BYTES:
        raise Malformed("Status and headers of the stream have no end: eight zero bytes.")
    return head_of(head), body


async def _has_failed(call: Awaitable[InvokeOutcome]) -> bool:
    try:
        return bool((await call).result.function_error)
    except WorkbenchError:
        return True
