"""What an attempt came to: the engine's answer, sorted by what the queue makes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from workbench.background import log_failure
from workbench.engine.admission.loads import Share
from workbench.engine.asynchronous.entries import Entry
from workbench.engine.asynchronous.events import Attempt
from workbench.engine.invocation.request import InvokeOutcome, InvokeRequest
from workbench.model.failures import ServiceError, WorkbenchError
from workbench.model.json_text import decoded, whole
from workbench.model.lambda_names import Scope

Invoke = Callable[[InvokeRequest], Awaitable[InvokeOutcome]]
"""Runs one invocation as for any other caller. Raises ServiceError for what Lambda refuses, SandboxError."""
Ready = Callable[[InvokeRequest], Awaitable[None]]
"""Returns when what a request runs is there. Raises WorkbenchError if that cannot be."""
ShareOf = Callable[[Scope, str], Share]
"""Returns how much concurrency a function, by its scope and name, has and may have now."""
Kind = Literal["success", "function", "refused", "gone", "recursion"]
"""`function`: it failed in the function. `refused`: a throttle or a system error. `gone`: the function is not there any more."""
_WHY_CHARACTERS = 300


class Invoking(msgspec.Struct, frozen=True):
    """How events are run: made ready and invoked as for any other caller, and how many at a time would be let in."""

    invoke: Invoke
    ready: Ready
    share_of: ShareOf


class Answer(msgspec.Struct, frozen=True):
    """The answer to one attempt; `why` says in one line what went wrong, "" for a success."""

    kind: Kind
    attempt: Attempt
    why: str = ""


async def answer_to(entry: Entry, invoke: Invoke) -> Answer:
    """Invoke the function with an event and return the answer. Raises nothing but a cancellation."""
    event = entry.event
    request = InvokeRequest(
        function_name=event.function_name, payload=event.payload, qualifier=event.qualifier, scope=event.scope,
        request_id=event.request_id, trace_id=event.trace_id, durable_name=entry.durable_name, tenant_id=event.tenant_id,
        is_synchronous=False, trigger="event")
    try:
        return _answered(await invoke(request))
    except ServiceError as error:
        return _refused(error)
    except WorkbenchError as error:
        return _failed(error.message)
    except Exception as error:
        log_failure("An asynchronous invocation", error)
        return _failed(f"{type(error).__name__}: {error}")


def _answered(outcome: InvokeOutcome) -> Answer:
    result = outcome.result
    error = _error_document(result.payload) if result.function_error else {}
    message = _said(error, "errorMessage")
    attempt = Attempt(status_code=200, executed_version=outcome.executed_version, payload=result.payload,
                      function_error=result.function_error, error_message=message)
    if not result.function_error:
        return Answer("success", attempt)
    told = ": ".join(filter(None, (_said(error, "errorType"), message)))
    return Answer("function", attempt, _line(f"The function failed: {told}"))


def _refused(error: ServiceError) -> Answer:
    attempt = Attempt(status_code=error.status, executed_version="", payload=b"", error_message=error.message)
    kinds: dict[str, Kind] = {"RecursiveInvocationException": "recursion", "ResourceNotFoundException": "gone"}
    return Answer(kinds.get(error.code, "refused"), attempt, _line(f"{error.code}: {error.message}"))


def _failed(message: str) -> Answer:
    return Answer("refused", Attempt(status_code=500, executed_version="", payload=b"", error_message=message), _line(message))


def _error_document(document: bytes) -> dict[str, Any]:
    """Return an error document, {} for what is none."""
    try:
        error = decoded(document)
    except (ValueError, RecursionError):
        return {}
    return error if isinstance(error, dict) else {}


def _said(error: dict[str, Any], field: str) -> str:
    said = error.get(field, "")
    return whole(said) if isinstance(said, str) else ""


def _line(text: str) -> str:
    return " ".join(text.split())[:_WHY_CHARACTERS]
