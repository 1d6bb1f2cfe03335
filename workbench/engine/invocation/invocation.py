"""One request on its way through the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from workbench.engine.durable.execution import DurableExecution
from workbench.engine.invocation.request import InvokeRequest, new_trace_id
from workbench.engine.invocation.result import InvocationResult, unhandled
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import is_version
from workbench.model.lineage import traced
from workbench.model.random_ids import new_uuid


class Invocation:
    """A request given to an environment. Times are monotonic nanoseconds, 0 until they are known.

    `result` is set once, `reported` after the REPORT, when `when_reported` is called, too. `stream` is None unless the caller
    takes the response as it arrives.
    `invocation_id` tells two deliveries of the same request apart. `runtime_done_ns` is when the runtime returned to `next`.
    `durable` is the durable execution whose first invocation this is, or None. `alias` is the one asked for, "" for none.
    `trigger` is what sent it. `deployment` names the code and configuration that run it.
    """

    def __init__(
        self, request: InvokeRequest, function: FunctionConfiguration, function_arn: str, received_ns: int,
        durable: DurableExecution | None,
    ) -> None:
        """Fill in what the request leaves open, its trace and its payload. The request must have its ID."""
        loop = asyncio.get_running_loop()
        self.request_id = request.request_id
        self.function = function
        self.function_arn = function_arn
        self.alias = "" if not request.qualifier or is_version(request.qualifier) else request.qualifier
        self.payload = request.payload or b"{}"
        self.trace_id = traced(request.trace_id or new_trace_id(), function_arn)
        self.client_context = request.client_context
        self.tenant_id = request.tenant_id
        self.trigger = request.trigger
        self.received_ns = received_ns
        self.deployment = ""
        self.started_ns = 0
        self.answer_arrived_ns = 0
        self.answered_ns = 0
        self.runtime_done_ns = 0
        self.stream = request.stream
        self.durable = durable
        self.invocation_id = new_uuid()
        self.result: asyncio.Future[InvocationResult] = loop.create_future()
        self.reported: asyncio.Future[None] = loop.create_future()
        self.when_reported: Callable[[], None] | None = None
        self._awaited: asyncio.Future[None] = loop.create_future()

    @property
    def event(self) -> bytes:
        """What the runtime gets: the caller's payload, for a durable execution in its envelope."""
        return self.payload if self.durable is None else self.durable.envelope()

    def read(self, body: bytes) -> InvocationResult:
        """Return the result that a runtime's response means."""
        if self.durable is None:
            return InvocationResult(payload=body)
        answer = self.durable.answer(body)
        return unhandled(answer.payload, answer.error_type) if answer.error_type else InvocationResult(payload=answer.payload)

    async def settled(self) -> InvocationResult:
        """Return the result as soon as there is one, to the one who waits for it.

        A caller that is canceled leaves: the invocation goes on, or is broken off, and both need its result. (`asyncio.shield`
        does the same at three times the cost.)
        """
        await self._awaited
        return self.result.result()

    def settle(self, result: InvocationResult) -> bool:
        """Give the caller its result. Return False if it has one already: the first one counts."""
        if self.result.done():
            return False
        self.result.set_result(result)
        if not self._awaited.done():
            self._awaited.set_result(None)
        if self.stream is not None:
            self.stream.close()
        return True

    def over(self) -> None:
        """Note that it was reported, or never will be. Idempotent."""
        if not self.reported.done():
            self.reported.set_result(None)
            if self.when_reported is not None:
                self.when_reported()

    def event_headers(self, deadline_ms: int) -> str:
        """Return the header lines with which the runtime gets the event. Source: Lambda guide, "Next invocation"."""
        lines = [
            "Content-Type: application/json",
            f"Lambda-Runtime-Aws-Request-Id: {self.request_id}",
            f"Lambda-Runtime-Deadline-Ms: {deadline_ms}",
            f"Lambda-Runtime-Invoked-Function-Arn: {self.function_arn}",
            f"Lambda-Runtime-Trace-Id: {self.trace_id}",
            f"Lambda-Runtime-Invocation-Id: {self.invocation_id}",
        ]
        if self.client_context:
            lines.append(f"Lambda-Runtime-Client-Context: {self.client_context}")
        if self.tenant_id:
            lines.append(f"Lambda-Runtime-Aws-Tenant-Id: {self.tenant_id}")
        return "\r\n".join(lines) + "\r\n"

    def extension_event(self, deadline_ms: int) -> bytes:
        """Return the INVOKE event for extensions, which learn neither the payload nor the response."""
        return msgspec.json.encode({
            "eventType": "INVOKE", "deadlineMs": deadline_ms, "requestId": self.request_id,
            "invokedFunctionArn": self.function_arn, "tracing": {"type": "X-Amzn-Trace-Id", "value": self.trace_id},
        })
