"""What a runtime posts for the current invocation: one response, whole or in parts, or one error.

Refusals are those of AWS's emulator. An error's document goes to the caller unchanged, except for paths of our cache in it.
"""

from __future__ import annotations

from workbench.engine.clock import Clock
from workbench.engine.events.environment_events import EnvironmentEvents
from workbench.engine.invocation.invocation import Invocation
from workbench.engine.invocation.result import InvocationResult, failed, unhandled
from workbench.engine.lifecycle.streamed_answer import ERROR_TYPE, StreamedAnswer
from workbench.engine.runtime_api.http_exchange import BodySink, RuntimeConnection, RuntimeRequest
from workbench.engine.runtime_api.refusal import Refusal
from workbench.model.function_failures import FunctionFailure, response_too_large
from workbench.model.quotas import RESPONSE_LIMIT_BYTES


def transition_refused(state: str, asked: str) -> Refusal:
    """Return the refusal of a call that does not fit the runtime's state."""
    message = f"State transition from {state} to {asked} failed for runtime. Error: State transition is not allowed"
    return Refusal(403, "InvalidStateTransition", message)


class ResponseState:
    """Settles one invocation after the other; `invocation` is the current one, None between two."""

    def __init__(self, events: EnvironmentEvents, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._invocation: Invocation | None = None
        self._parts: StreamedAnswer | None = None

    @property
    def invocation(self) -> Invocation | None:
        """The invocation that may be answered, None between two."""
        return self._invocation

    @invocation.setter
    def invocation(self, invocation: Invocation | None) -> None:
        self._invocation = invocation
        self._parts = None

    def begin(self, request_id: str, request: RuntimeRequest, connection: RuntimeConnection) -> BodySink:
        """Return the sink of a response that begins to arrive in parts; `response` ends it. Raises Refusal."""
        invocation = self._expect(request_id, request)
        if self._parts is not None:  # another response is arriving, on another connection
            raise transition_refused("InvocationResponse", "InvocationResponse")
        invocation.answer_arrived_ns = request.arrived_ns
        if invocation.stream is not None:  # the connection is passed along so that a slow caller can pause the runtime
            invocation.stream.begin(request.headers.get("content-type", "application/octet-stream"), connection)
        self._parts = StreamedAnswer(invocation.stream, lambda: self._truncated(invocation))
        return self._parts

    def response(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the handler's result. Raises Refusal; one that is too large (413) settles the invocation as well."""
        invocation = self._expect(request_id, request)
        # A plain response must not take over the parts of one that is arriving on another connection.
        parts, self._parts = (self._parts, None) if request.streamed else (None, self._parts)
        if request.too_large or (parts is not None and parts.is_too_large):
            self._settle(invocation, request, failed(response_too_large()))
            message = f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes)."
            raise Refusal(413, "RequestEntityTooLarge", message)
        if parts is not None:
            self._settle(invocation, request, parts.result(request.headers))
        elif error_type := request.headers.get(ERROR_TYPE, ""):
            self._settle(invocation, request, unhandled(self._events.shown.body(request.body), error_type))
        else:
            self._settle(invocation, request, invocation.read(request.body))

    def error(self, request_id: str, request: RuntimeRequest) -> None:
        """Take the handler's error. Raises Refusal."""
        invocation = self._expect(request_id, request)
        document = self._events.shown.body(request.body)
        self._settle(invocation, request, unhandled(document, request.headers.get(ERROR_TYPE, "Runtime.Unknown")))

    def fail(self, error_type: str, reason: str) -> None:
        """Fail the current invocation, if it is not answered yet, because the runtime will not answer it any more."""
        invocation = self._invocation
        if invocation is not None and not invocation.result.done():
            result = failed(FunctionFailure(error_type, f"RequestId: {invocation.request_id} Error: {reason}"))
            self._events.result(invocation, result)
            invocation.settle(result)

    def _expect(self, request_id: str, request: RuntimeRequest) -> Invocation:
        invocation = self._invocation
        if invocation is None or not invocation.started_ns:
            raise transition_refused("Ready", "InvocationResponse")
        if invocation.request_id != request_id:
            raise Refusal(400, "InvalidRequestID", "Invalid request ID")
        # Older runtime clients do not send this header back.
        if request.headers.get("lambda-runtime-invocation-id", invocation.invocation_id) != invocation.invocation_id:
            raise Refusal(400, "InvalidInvocationId", "Invalid invocation ID")
        if invocation.answered_ns:
            raise transition_refused("ResponseSent", "InvocationResponse")
        return invocation

    def _settle(self, invocation: Invocation, request: RuntimeRequest, result: InvocationResult) -> None:
        invocation.answer_arrived_ns = request.arrived_ns
        invocation.answered_ns = request.complete_ns
        if invocation.settle(result):
            self._events.result(invocation, result)

    def _truncated(self, invocation: Invocation) -> None:
        """Fail the invocation because the runtime hung up in the middle of its response.

        The runtime most likely exits next, but this is the first failure and therefore the one that counts.
        """
        # The connection's end may be noticed late: after a complete response, or when another invocation is the current one.
        if invocation is self._invocation and not invocation.answered_ns:
            self._parts = None
            invocation.answered_ns = self._clock.now_ns()
            self.fail("Runtime.TruncatedResponse", "The runtime closed its connection in the middle of its response.")
