"""Everything that can go wrong, as one tree of exceptions.

    WorkbenchError                   message + what the person can do about it
    ├── ServiceError                 an error response of the Lambda API: HTTP status, error code, message in AWS's spelling
    │   ├── NotTrusted               ... because a folder that has not been trusted would run something
    │   ├── Throttled                ... because a function has no concurrency left
    │   └── RecursiveInvocation      ... because a function is in a recursive loop
    ├── WorkspaceError               template.yaml, events or code on disk are not usable
    ├── SandboxError                 an execution environment cannot be created or was lost
    │   ├── CredentialsUnavailable   ... because the credentials that the person chose for it cannot be had
    │   ├── MachineFull              ... because this machine runs as many as it may
    │   └── SandboxUnavailable       ... because something is not installed, not running or not there
    ├── EngineError                  the engine cannot be started or reached
    └── InvalidInput                 a value the person gave is not acceptable

Failures of a *function* are not exceptions: Lambda answers 200 and a payload. They are `FunctionFailure` values.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.model.quotas import RESPONSE_LIMIT_BYTES


class WorkbenchError(Exception):
    """Root of all errors a person may see: `message` says what happened, `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class WorkspaceError(WorkbenchError):
    """The folder, its template.yaml, an event or a code file is not usable as it is."""


class SandboxError(WorkbenchError):
    """An execution environment could not be created, or was lost in the middle of its work."""


class CredentialsUnavailable(SandboxError):
    """The credentials that the person chose for a function cannot be had. What AWS said stands first in the message."""


class MachineFull(SandboxError):
    """This machine had no room for another execution environment."""


class SandboxUnavailable(SandboxError):
    """What the sandbox needs (Docker, an image, an interpreter) is missing on this machine."""


class ContainerNeeded(SandboxUnavailable):
    """The function cannot run as a plain process, only in a container."""


class SandboxBusy(SandboxUnavailable):
    """What the sandbox needs is here but too busy to answer in time."""


class EngineError(WorkbenchError):
    """The engine could not be started, reached or kept."""


class InvalidInput(WorkbenchError):
    """A value given by the person is not acceptable; `message` is Lambda's wording where Lambda has one."""


class ServiceError(WorkbenchError):
    """An error response of the Lambda API: `code` goes into x-amzn-ErrorType, `status` is the HTTP status.

    Source: AWS Lambda API reference, "Common Errors" and the errors of each operation.
    """

    def __init__(self, code: str, status: int, message: str, *, hint: str = "", fault: str = "User") -> None:
        super().__init__(message, hint)
        self.code = code
        self.status = status
        self.fault = fault


TRUST_HINT = ("\"Not trusted\" in the window's status line shows what it would run and lets you trust it; in a terminal "
              "'workbench trust' shows it, and 'workbench trust add', or --trust with another command, trusts it.")


class NotTrusted(ServiceError):
    """A folder that has not been trusted would run something or read files outside itself; `what` says so in a sentence.

    Uses Lambda's code for what a caller may not do (403), because SDKs do not retry it.
    """

    def __init__(self, what: str, hint: str = TRUST_HINT) -> None:
        super().__init__("AccessDeniedException", 403, f"This folder is not trusted. {what}", hint=hint)


ThrottleReason = Literal[
    "ConcurrentInvocationLimitExceeded", "FunctionInvocationRateLimitExceeded",
    "ReservedFunctionConcurrentInvocationLimitExceeded", "ReservedFunctionInvocationRateLimitExceeded"]
"""Why an invocation is throttled. Source: API reference, TooManyRequestsException."""


class Throttled(ServiceError):
    """A function has no concurrency left; `reason` is Lambda's word for why.

    Lambda's model has a `Retry-After` for it; no recorded answer to an invocation has one, so there is none.
    """

    def __init__(self, reason: ThrottleReason, *, hint: str = "") -> None:
        super().__init__("TooManyRequestsException", 429, "Rate Exceeded.", hint=hint)
        self.reason = reason


class RecursiveInvocation(ServiceError):
    """A function is in a recursive loop, and is not invoked. Source: API reference, RecursiveInvocationException.

    The reference describes the error in these words; no answer of the service is published.
    """

    def __init__(self, function_name: str) -> None:
        message = ("Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped "
                   "your function's invocation.")
        hint = (f"{function_name} was invoked 16 times in one chain of requests. End the loop in its code; if it is meant, "
                f"PutFunctionRecursionConfig with RecursiveLoop: Allow permits it.")
        super().__init__("RecursiveInvocationException", 400, message, hint=hint)


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


CANCELED = "Sandbox.Canceled"
"""The error type of an invocation that a person broke off, in the way of Lambda's own, which has none for that."""
CANCELED_MESSAGE = "The invocation was cancelled."
CANCELED_BEFORE = "The invocation was cancelled before it began."
"""The message for a request that a person broke off before its handler began."""


def canceled(request_id: str) -> FunctionFailure:
    """A person broke off a running invocation."""
    return FunctionFailure(CANCELED, f"RequestId: {request_id} Error: {CANCELED_MESSAGE}")


def sandbox_lost(request_id: str, reason: str) -> FunctionFailure:
    """The sandbox vanished under a running invocation (container removed, Docker gone)."""
    return FunctionFailure("Sandbox.Failure", f"RequestId: {request_id} Error: {reason}")
