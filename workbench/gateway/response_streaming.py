"""InvokeWithResponseStream: what the runtime writes goes to the caller chunk by chunk; a last frame tells how it ended.

Source: Lambda API reference, "InvokeWithResponseStream" (events PayloadChunk and InvokeComplete).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import msgspec
from aiohttp import web

from workbench.background import begin_awaited
from workbench.engine.invocation.bandwidth import StreamBandwidth
from workbench.engine.invocation.invocation import InvocationResult
from workbench.engine.invocation.response_stream import ResponseStream
from workbench.engine.invoker import InvokeOutcome, InvokeRequest, new_trace_id
from workbench.engine.service import Engine
from workbench.gateway.event_stream import CONTENT_TYPE, event_message
from workbench.gateway.log_tail import log_tail
from workbench.gateway.unread_answers import UnreadAnswers
from workbench.model.function_version import LATEST

CHUNK_BYTES = 256 * 1024
"""The response of a function that does not stream is cut into chunks of this size."""


async def stream_response(
    engine: Engine, request: web.Request, invoke: InvokeRequest, answers: UnreadAnswers
) -> web.StreamResponse:
    """Answer with frames. Raises what `Engine.invoke` raises as long as nothing was sent."""
    stream = ResponseStream()
    invoke = msgspec.structs.replace(
        invoke, stream=stream, request_id=invoke.request_id or str(uuid.uuid4()), trace_id=invoke.trace_id or new_trace_id()
    )
    call = begin_awaited("A streamed invocation", engine.invoke(invoke))
    call.add_done_callback(lambda _: stream.close())  # also when the caller is gone and nobody asks how the call ended
    chunks = stream.chunks()
    first = await anext(chunks, None)
    if first is None:
        await call  # what Lambda refuses is an ordinary error answer
    response = web.StreamResponse(headers=_headers(invoke, stream))
    await response.prepare(request)
    try:
        if first is not None:
            await response.write(_chunk(first))
        await _send(response, chunks, len(first or b""))
        outcome = await call
        with answers.waiting(request, len(outcome.result.payload)) as unread:
            for chunk in _rest(outcome.result):
                await unread.write(response, _chunk(chunk))
            await unread.write(response, await _complete(engine, request, outcome))
        await response.write_eof()
    except ConnectionError:
        stream.abandon()
    return response


async def _send(response: web.StreamResponse, chunks: AsyncIterator[bytes], sent_bytes: int) -> None:
    """As they come, no faster than Lambda streams; `sent_bytes` went before."""
    now_s = asyncio.get_running_loop().time
    bandwidth = StreamBandwidth(now_s())
    bandwidth.spend(sent_bytes, now_s())
    async for chunk in chunks:
        wait_s = bandwidth.spend(len(chunk), now_s())
        if wait_s:
            await asyncio.sleep(wait_s)
        await response.write(_chunk(chunk))


def _rest(result: InvocationResult) -> Iterator[bytes]:
    """The chunks of a response that did not come as a stream; an error's document is told with the end instead."""
    if result.function_error or result.was_streamed:
        return
    for start in range(0, len(result.payload), CHUNK_BYTES):
        yield result.payload[start : start + CHUNK_BYTES]


async def _complete(engine: Engine, request: web.Request, outcome: InvokeOutcome) -> bytes:
    """The last frame. The error code is the trailer's for a failure that the runtime told at the end of its stream, else
    what Invoke has in X-Amz-Function-Error (the guide names the members and not their values)."""
    result = outcome.result
    document: dict[str, str] = {}
    if result.function_error and result.was_streamed:
        document = {"ErrorCode": result.error_type, "ErrorDetails": result.error_document.decode("utf-8", "replace")}
    elif result.function_error:
        document = {"ErrorCode": result.function_error, "ErrorDetails": result.payload.decode("utf-8", "replace")}
    if request.headers.get("X-Amz-Log-Type") == "Tail":
        document["LogResult"] = await log_tail(engine, outcome.request_id)
    return event_message("InvokeComplete", "application/json", msgspec.json.encode(document))


def _chunk(payload: bytes) -> bytes:
    return event_message("PayloadChunk", "application/octet-stream", payload)


def _headers(invoke: InvokeRequest, stream: ResponseStream) -> dict[str, str]:
    return {
        "Content-Type": CONTENT_TYPE,
        "x-amzn-RequestId": invoke.request_id,
        "X-Amz-Executed-Version": LATEST,
        "X-Amzn-Trace-Id": invoke.trace_id,
        "X-Amzn-Remapped-Content-Type": stream.content_type or "application/json",
    }
