"""Failures of a function or its sandbox, in Lambda's words. They are no exceptions: Lambda answers 200 and a payload."""

from __future__ import annotations

import msgspec

from workbench.model.failures import CANCELED, CANCELED_MESSAGE
from workbench.model.quotas import RESPONSE_LIMIT_BYTES


class FunctionFailure(msgspec.Struct, frozen=True):
    """A failure of the function or its sandbox in Lambda's words; becomes the payload beside X-Amz-Function-Error.

    Source: Lambda developer guide, "Understanding retry behavior" and recorded answers of the service.
    """

    error_type: str
    error_message: str

    def payload(self) -> bytes:
        """Encode the JSON document that the caller receives (platform errors have `errorType` first)."""
        return msgspec.json.encode({"errorType": self.error_type, "errorMessage": self.error_message})


def timed_out(request_id: str, timeout_s: float) -> FunctionFailure:
    """The function ran longer than its timeout."""
    return FunctionFailure("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds")


_GO_SIGNAL_NAMES = {1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 6: "aborted", 7: "bus error",
                    8: "floating point exception", 9: "killed", 11: "segmentation fault", 13: "broken pipe", 15: "terminated"}


def exited(request_id: str, *, code: int | None, signal: int | None) -> FunctionFailure:
    """The runtime process ended without answering. Exactly one of `code` and `signal` is not None.

    Lambda prints signal names as Go's syscall.Signal.String() has them.
    """
    reason = "Runtime exited without providing a reason"
    if signal is not None or code:
        reason = "Runtime exited with error: " + _exit_words(code, signal)
    return FunctionFailure("Runtime.ExitError", _with_request(request_id, reason))


def extension_crashed(request_id: str, *, code: int | None, signal: int | None) -> FunctionFailure:
    """An external extension ended before the environment did; exit status 0 is a crash too."""
    return FunctionFailure("Extension.Crash", _with_request(request_id, _exit_words(code, signal)))


def extension_reported(request_id: str, error_type: str, message: str) -> FunctionFailure:
    """An extension reported its own failure (`/init/error`, `/exit/error`): Extension.InitError or Extension.ExitError."""
    return FunctionFailure(error_type, _with_request(request_id, message))


def extension_not_launched(request_id: str, reason: str) -> FunctionFailure:
    """An external extension could not be started ("fork/exec /opt/extensions/x: permission denied")."""
    return FunctionFailure("Extension.LaunchError", _with_request(request_id, reason))


def _exit_words(code: int | None, signal: int | None) -> str:
    if signal is not None:
        return f"signal: {_GO_SIGNAL_NAMES.get(signal, f'signal {signal}')}"
    return f"exit status {code}" if code else "exit code 0"


def _with_request(request_id: str, reason: str) -> str:
    return f"RequestId: {request_id} Error: {reason}" if request_id else f"Error: {reason}"


def out_of_memory(request_id: str) -> FunctionFailure:
    """The environment used more than its memory size and was killed."""
    return FunctionFailure("Runtime.OutOfMemory", f"RequestId: {request_id} Error: Runtime exited with error: signal: killed")


def not_startable(request_id: str, error_type: str, reason: str) -> FunctionFailure:
    """The runtime process could not be started.

    `error_type` is Runtime.InvalidEntrypoint ("fork/exec <path>: permission denied") or, if its working directory is missing,
    Runtime.InvalidWorkingDir.
    """
    return FunctionFailure(error_type, f"RequestId: {request_id} Error: {reason}")


def response_too_large() -> FunctionFailure:
    """The function answered with more than 6 MB."""
    return FunctionFailure(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes).",
    )


def canceled(request_id: str) -> FunctionFailure:
    """A person broke off a running invocation."""
    return FunctionFailure(CANCELED, f"RequestId: {request_id} Error: {CANCELED_MESSAGE}")


def sandbox_lost(request_id: str, reason: str) -> FunctionFailure:
    """The sandbox vanished under a running invocation (container removed, Docker gone)."""
    return FunctionFailure("Sandbox.Failure", f"RequestId: {request_id} Error: {reason}")
