"""The result of an invocation, as its caller gets it."""

from __future__ import annotations

import msgspec

from workbench.model.function_failures import FunctionFailure


class InvocationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The function's bytes, or an error document with `function_error` set (Unhandled).

    `is_fatal`: Lambda found the failure, not the runtime; the REPORT names it whatever the runtime does afterwards.

    If the response was streamed to its caller (`was_streamed`), `payload` is only its beginning, `streamed_bytes` the size of the
    whole, and `error_document` what the runtime said about a failure in the middle of it.
    """

    payload: bytes
    function_error: str = ""
    error_type: str = ""
    is_fatal: bool = False
    error_document: bytes = b""
    was_streamed: bool = False
    streamed_bytes: int = 0

    @property
    def produced_bytes(self) -> int:
        """The size of the whole response, in bytes."""
        return self.streamed_bytes or len(self.payload)


def unhandled(document: bytes, error_type: str, *, is_fatal: bool = False) -> InvocationResult:
    """Return the result of an error that the runtime reported; its document goes to the caller unchanged."""
    return InvocationResult(payload=document, function_error="Unhandled", error_type=error_type, is_fatal=is_fatal)


def failed(failure: FunctionFailure) -> InvocationResult:
    """Return the result of a failure whose text is Lambda's own."""
    return InvocationResult(
        payload=failure.payload(), function_error="Unhandled", error_type=failure.error_type, is_fatal=True)
