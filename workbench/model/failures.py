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

Failures of a *function* are not exceptions: Lambda answers 200 and a payload (`model/function_failures.py`).
"""

from __future__ import annotations

from typing import Literal


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


CANCELED = "Sandbox.Canceled"
"""The error type of an invocation that a person broke off, in the way of Lambda's own, which has none for that."""
CANCELED_STATUS = "canceled"
"""The status in the history of what a person broke off, which is no failure. Nothing else has it."""
CANCELED_MESSAGE = "The invocation was canceled."
CANCELED_ENDINGS = (CANCELED_MESSAGE, "The invocation was cancelled.")
"""How the texts of canceled invocations end, in journals of earlier versions too."""
CANCELED_BEFORE = "The invocation was canceled before it began."
"""The message for a request that a person broke off before its handler began."""
