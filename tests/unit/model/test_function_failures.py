"""Failures in Lambda's own words, as recorded from the service."""

from __future__ import annotations

import json

import pytest

from workbench.model import function_failures as failures
from workbench.model.function_failures import FunctionFailure

REQUEST_ID = "5c2a8d1e-0000-4000-8000-000000000001"


def test_a_timeout_prints_seconds_with_two_decimals() -> None:
    assert failures.timed_out(REQUEST_ID, 3) == FunctionFailure(
        "Sandbox.Timedout", f"RequestId: {REQUEST_ID} Error: Task timed out after 3.00 seconds")


@pytest.mark.parametrize(("code", "signal", "reason"), [
    (0, None, "Runtime exited without providing a reason"),
    (None, None, "Runtime exited without providing a reason"),
    (127, None, "Runtime exited with error: exit status 127"),
    (None, 9, "Runtime exited with error: signal: killed"),
    (None, 11, "Runtime exited with error: signal: segmentation fault"),
    (None, 15, "Runtime exited with error: signal: terminated"),
    (None, 35, "Runtime exited with error: signal: signal 35"),
])
def test_an_exit_of_the_runtime(code: int | None, signal: int | None, reason: str) -> None:
    assert failures.exited(REQUEST_ID, code=code, signal=signal) == FunctionFailure(
        "Runtime.ExitError", f"RequestId: {REQUEST_ID} Error: {reason}")


def test_an_exit_outside_an_invocation_has_no_request_id() -> None:
    assert failures.exited("", code=1, signal=None).error_message == "Error: Runtime exited with error: exit status 1"


def test_the_other_platform_failures() -> None:
    assert failures.out_of_memory(REQUEST_ID).error_type == "Runtime.OutOfMemory"
    unstarted = failures.not_startable(REQUEST_ID, "Runtime.InvalidWorkingDir", "no folder")
    assert unstarted == failures.FunctionFailure("Runtime.InvalidWorkingDir", f"RequestId: {REQUEST_ID} Error: no folder")
    assert failures.sandbox_lost(REQUEST_ID, "gone").error_type == "Sandbox.Failure"
    assert failures.response_too_large() == FunctionFailure(
        "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes).")


def test_the_payload_names_the_type_first() -> None:
    payload = failures.timed_out(REQUEST_ID, 0.5).payload()
    assert payload.startswith(b'{"errorType":"Sandbox.Timedout","errorMessage":')
    assert json.loads(payload)["errorMessage"].endswith("after 0.50 seconds")
