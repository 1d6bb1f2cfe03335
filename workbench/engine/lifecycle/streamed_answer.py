"""A response that arrives in parts: passed on to a caller who takes a stream, collected for one who does not.

Source: Lambda guide, "Response streaming for Lambda functions" and "Building a custom runtime" (error trailers).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

from workbench.engine.events.environment_events import PAYLOAD_TEXT_LIMIT_BYTES
from workbench.engine.invocation.response_stream import ResponseStream
from workbench.engine.invocation.result import InvocationResult, failed
from workbench.model.function_failures import response_too_large
from workbench.model.quotas import RESPONSE_LIMIT_BYTES, STREAM_LIMIT_BYTES

ERROR_TYPE = "lambda-runtime-function-error-type"
_ERROR_BODY = "lambda-runtime-function-error-body"


class StreamedAnswer:
    """The sink of one response. `lost` is called if the runtime hangs up before its end."""

    def __init__(self, stream: ResponseStream | None, lost: Callable[[], None]) -> None:
        self.lost = lost
        self._stream = stream
        self._limit_bytes = STREAM_LIMIT_BYTES if stream is not None else RESPONSE_LIMIT_BYTES
        # Of a response that is streamed to its caller, the journal needs only the beginning.
        self._kept_limit_bytes = PAYLOAD_TEXT_LIMIT_BYTES if stream is not None else RESPONSE_LIMIT_BYTES
        self._kept = bytearray()
        self.size_bytes = 0

    @property
    def is_too_large(self) -> bool:
        """Whether it exceeds the limit of its kind of response; what is beyond the limit was dropped."""
        return self.size_bytes > self._limit_bytes

    def write(self, chunk: bytes) -> None:
        """Take the next part."""
        self.size_bytes += len(chunk)
        if self.is_too_large:
            return
        self._kept += chunk[: max(self._kept_limit_bytes - len(self._kept), 0)]
        if self._stream is not None:
            self._stream.write(chunk)

    def result(self, trailers: Mapping[str, str]) -> InvocationResult:
        """Return what the caller got, once the response is whole; an error in the trailers makes it a failure."""
        if self.is_too_large:
            return failed(response_too_large())
        error_type = trailers.get(ERROR_TYPE, "")
        return InvocationResult(
            payload=bytes(self._kept),
            function_error="Unhandled" if error_type else "",
            error_type=error_type,
            error_document=_error_document(trailers) if error_type else b"",
            was_streamed=True,
            streamed_bytes=self.size_bytes,
        )


def _error_document(trailers: Mapping[str, str]) -> bytes:
    encoded = trailers.get(_ERROR_BODY, "")
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:  # a custom runtime that does not encode it: better shown as it is than not at all
        return encoded.encode()
