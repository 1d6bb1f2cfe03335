"""InvokeWithResponseStream: pass what the runtime writes to the caller chunk by chunk, then a frame that says how it ended.

Source: Lambda API reference, "InvokeWithResponseStream" (events PayloadChunk and InvokeComplete).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import msgspec
from aiohttp import web

from workbench.background import begin_awaited
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest, new_trace_id
from workbench.engine.invocation.response_stream import ResponseStream
from workbench.engine.invocation.result import InvocationResult
from workbench.engine.service import Engine
from workbench.gateway.event_stream import CONTENT_TYPE, event_message
from workbench.gateway.log_tail import log_tail
from workbench.gateway.pacing import paced
from workbench.gateway.unread_answers import PART_BYTES, UnreadAnswers
from workbench.model.lineage import traced

CHUNK_BYTES = 256 * 1024
"""The chunk size for the response of a function that does not stream."""


async def stream_response(
    engine: Engine, request: web.Request, invoke: InvokeRequest, answers: UnreadAnswers
) -> web.StreamResponse:
    """Invoke and answer with event-stream frames. Before anything is sent, raises what `Engine.invoke` raises."""
    stream = ResponseStream()
    # Drawn here and not by the engine: the headers, which name the version, are sent before the invocation has ended.
    target = await engine.readiness.target(invoke)
    invoke = msgspec.structs.replace(
        invoke, version=target.function.version, stream=stream, request_id=invoke.request_id or str(uuid.uuid4()),
        trace_id=invoke.trace_id or new_trace_id()
    )
    call = begin_awaited("A streamed invocation", engine.invoke(invoke))
    call.add_done_callback(lambda _: stream.close())  # a callback, because after the caller has gone nothing awaits the call
    chunks = stream.chunks()
    # Nothing is sent before the first chunk: the status of an HTTP answer cannot be taken back.
    first = await anext(chunks, None)
    if first is None:
        await call  # raises what Lambda refuses, which is then answered as an ordinary error rather than a stream
    response = web.StreamResponse(headers=_headers(invoke, traced(invoke.trace_id, target.arn), stream))
    await response.prepare(request)
    try:
        with answers.waiting(request, PART_BYTES) as unread:
            if first is not None:
                await unread.write(response, _chunk(first))
            async for chunk in paced(chunks, len(first or b"")):
                await unread.write(response, _chunk(chunk))
        outcome = await call
        with answers.waiting(request, len(outcome.result.payload)) as unread:
            for chunk in _rest(outcome.result):
                await unread.write(response, _chunk(chunk))
            await unread.write(response, await _complete(engine, request, outcome))
        await response.write_eof()
    except ConnectionError:
        stream.abandon()  # the invocation goes on without its caller, as on Lambda
    return response


def _rest(result: InvocationResult) -> Iterator[bytes]:
    """The chunks of a response that was not streamed. An error has none: its document is part of the last frame."""
    if result.function_error or result.was_streamed:
        return
    for start in range(0, len(result.payload), CHUNK_BYTES):
        yield result.payload[start : start + CHUNK_BYTES]


async def _complete(engine: Engine, request: web.Request, outcome: InvokeOutcome) -> bytes:
    """The last frame, InvokeComplete.

    Its error code is that of the trailer if the runtime reported a failure at the end of its stream, else the value of Invoke's
    X-Amz-Function-Error. (The guide names the members but not their values.)
    """
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


def _headers(invoke: InvokeRequest, trace_id: str, stream: ResponseStream) -> dict[str, str]:
    return {
        "Content-Type": CONTENT_TYPE,
        "x-amzn-RequestId": invoke.request_id,
        "X-Amz-Executed-Version": invoke.version,
        "X-Amzn-Trace-Id": trace_id,
        "X-Amzn-Remapped-Content-Type": stream.content_type or "application/json",
    }
