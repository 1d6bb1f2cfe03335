"""What an invocation came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.model.events import StreamEvent
from workbench.model.failures import InvalidInput
from workbench.model.json_text import decoded
from workbench.model.log_entries import record_text
from workbench.state.invocation import Status, fold_invocation
from workbench.state.report_metrics import Metrics
from workbench.state.startup import LOG_TYPES

if TYPE_CHECKING:
    from workbench.client.answers import InvokeAnswer


class InvocationResult(msgspec.Struct, frozen=True, kw_only=True):
    """A synchronous invocation that has ended.

    `status`: success, error or timeout. `function_error` is Lambda's, "" for a success. `raw_payload` is the answer in bytes;
    `payload` reads it. `executed_version` is what an alias led to. `is_cold`: it waited for INIT. `log` are the lines that the
    function wrote, those of INIT first, without Lambda's own. `report` are the figures of the REPORT line. `differences` tell
    how an event's result differs from what it expects (`Engine.invoke_event`); None where nothing is expected.
    """

    request_id: str
    status: Status
    function_error: str
    executed_version: str
    is_cold: bool
    raw_payload: bytes
    log: tuple[str, ...]
    report: Metrics | None
    differences: tuple[str, ...] | None = None

    @property
    def payload(self) -> Any:
        """The answer as a value. Raises InvalidInput if it is not JSON, as a custom runtime may answer."""
        try:
            return decoded(self.raw_payload) if self.raw_payload else None
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"The answer is not JSON: {error}.", "raw_payload has its bytes.") from error

    @property
    def error_type(self) -> str:
        """The kind of the failure: a function's exception (`ValueError`), or Lambda's (`Sandbox.Timedout`); "" for a success."""
        return str(self._error().get("errorType", ""))

    @property
    def error_message(self) -> str:
        """What the failure says; "" for a success."""
        return str(self._error().get("errorMessage", ""))

    def assert_expected(self) -> None:
        """Raise AssertionError, with the differences a line each, unless the result is as its event expects.

        Raises InvalidInput if the event expects nothing, or the function was invoked without one of the folder's events.
        """
        __tracebackhide__ = True  # pytest shows the test instead
        if self.differences is None:
            raise InvalidInput("Nothing is expected of this result.",
                               "Invoke an event with invoke_event, and say what it expects in NAME.expect beside it.")
        if self.differences:
            raise AssertionError("\n  ".join(("The result is not as expected:", *self.differences)))

    def _error(self) -> dict[str, Any]:
        return self.payload if self.function_error and isinstance(self.payload, dict) else {}


def result_of(answer: InvokeAnswer, events: Sequence[StreamEvent]) -> InvocationResult:
    """Return the result of an answer and what the stream has of it."""
    folded = fold_invocation(events, answer.request_id)
    return InvocationResult(
        request_id=answer.request_id, status=folded.status, function_error=answer.function_error,
        executed_version=answer.executed_version, is_cold=folded.is_cold, raw_payload=answer.payload, log=log_of(events),
        report=folded.metrics)


def log_of(events: Sequence[StreamEvent]) -> tuple[str, ...]:
    """Return the lines that functions and extensions wrote."""
    return tuple(record_text(event.record) for event in events if event.type in LOG_TYPES)
