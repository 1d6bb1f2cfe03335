"""One request on its way through the engine."""

from __future__ import annotations

import asyncio

import msgspec

from workbench.model.failures import FunctionFailure
from workbench.model.function import FunctionConfiguration


class InvocationResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller gets: the function's bytes, or an error document with `function_error` set (Unhandled)."""

    payload: bytes
    function_error: str = ""
    error_type: str = ""


def failed(failure: FunctionFailure) -> InvocationResult:
    """The result of a failure that Lambda itself words."""
    return InvocationResult(payload=failure.payload(), function_error="Unhandled", error_type=failure.error_type)


class Invocation:
    """A request given to an environment. Times are monotonic nanoseconds; `result` is set once, `reported` after the REPORT."""

    def __init__(
        self,
        *,
        request_id: str,
        function: FunctionConfiguration,
        function_arn: str,
        payload: bytes,
        trace_id: str,
        client_context: str,
        received_ns: int,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.request_id = request_id
        self.function = function
        self.function_arn = function_arn
        self.payload = payload
        self.trace_id = trace_id
        self.client_context = client_context
        self.received_ns = received_ns
        self.started_ns = 0
        self.answer_arrived_ns = 0
        self.answered_ns = 0
        self.result: asyncio.Future[InvocationResult] = loop.create_future()
        self.reported: asyncio.Future[None] = loop.create_future()

    def settle(self, result: InvocationResult) -> bool:
        """Give the caller its result; False when it has one already."""
        if self.result.done():
            return False
        self.result.set_result(result)
        return True
