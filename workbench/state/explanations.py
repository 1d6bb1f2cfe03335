"""What a failed invocation means in plain words: what happened, why, what to change. Shown beside Lambda's answer.

The sentences are those of `workbench.model.explanations`, filled in with this run's measurements and the function's settings.
"""

from __future__ import annotations

import re

import msgspec

from workbench.model import explanations, refusals
from workbench.model.function import FunctionConfiguration
from workbench.model.limit_explanations import BECAUSE, Failure, Measured, explain_limit
from workbench.state.invocation import Invocation

_SETTINGS = re.compile(
    r"MemorySize|memory size|raise the timeout|environment variable|function's configuration|in the configuration|handler setting"
    r"|EphemeralStorage|ephemeral storage|ImageConfig|[Ss]witch SnapStart", re.IGNORECASE)
LAST_LINES = 30
"""How many of the last log lines of an ended process are searched for the reason."""


def explain(invocation: Invocation, function: FunctionConfiguration | None = None) -> str:
    """Return a few sentences on a failed invocation, "" for one that did not fail.

    `function` is the function's configuration, None if it no longer exists.
    """
    if invocation.status in ("success", "running"):
        return ""
    if invocation.was_cancelled:
        return "You canceled it. Its execution environment was ended, so the next invocation has to wait for init again."
    if not invocation.answered:
        lost = "The execution environment was lost before the function answered."
        return f"{lost} {invocation.stop_detail or 'The log below shows its last lines.'}"
    return f"{_explained(invocation, function)} {_init_note(invocation)}".rstrip()


def names_a_setting(sentence: str) -> bool:
    """Whether an explanation speaks of something that is set in the function's configuration."""
    return _SETTINGS.search(sentence) is not None


def _explained(invocation: Invocation, function: FunctionConfiguration | None) -> str:
    if invocation.refusal is not None:
        return refusals.sentence(invocation.refusal)
    failure = _failure(invocation, function)
    if failure.error_type == "Runtime.ExitError" and (told := _limit_in_log(invocation, failure)):
        return f"The process ended, and its log says why. {told}"
    told = explanations.explain_failure(failure)
    if failure.error_type.startswith("Extension.") and (difference := _told_at_start(invocation, "not at /opt")):
        return f"{told.replace(BECAUSE, 'This fails because', 1)} It may work on Lambda: {difference}"
    return f"{told} {_difference(invocation)}".rstrip()


def _difference(invocation: Invocation) -> str:
    """Return how this sandbox differs from Lambda if that may be why memory ran out, else ""."""
    return _told_at_start(invocation, "/tmp count") if invocation.out_of_memory else ""  # noqa: S108


def _told_at_start(invocation: Invocation, words: str) -> str:
    """Return the sentence with these words from what this sandbox does not enforce, "" if there is none."""
    told = invocation.startup.not_enforced if invocation.startup is not None else ()
    return next((sentence for sentence in told if words in sentence), "")


def _failure(invocation: Invocation, function: FunctionConfiguration | None) -> Failure:
    error = invocation.error()
    message = str(error.get("errorMessage", ""))
    started_as = invocation.startup.runtime if invocation.startup is not None else ""
    return Failure(
        error_type="Runtime.OutOfMemory" if invocation.out_of_memory else str(error.get("errorType") or invocation.error_type),
        message=message,
        runtime=started_as or (function.runtime if function else ""),
        handler=function.handler if function else "",
        timeout_s=_timeout_s(message, function),
        memory_mb=_memory_mb(invocation, function),
        storage_mb=function.ephemeral_storage_mb if function else 0,
        in_init=invocation.init_again_failed,
        trace=_trace(error.get("stackTrace") or error.get("trace")),
        measured=_measured(invocation),
    )


def _trace(lines: object) -> str:
    return "\n".join(map(str, lines)) if isinstance(lines, list) else ""


def _limit_in_log(invocation: Invocation, failure: Failure) -> str:
    """Look for a limit in the last log lines: a runtime that hits one itself can only die, but its log names it."""
    for _, text in reversed(invocation.own_lines[-LAST_LINES:]):
        for line in reversed(text.splitlines()):
            kind, _, message = line.partition(": ")
            told = explain_limit(msgspec.structs.replace(failure, error_type=kind.strip(), message=message or line))
            if told.startswith(BECAUSE):
                return told
    return ""


def _timeout_s(message: str, function: FunctionConfiguration | None) -> int:
    """Return the timeout that the answer names, because the setting may have changed since; 0 if unknown."""
    found = re.search(r"timed out after (\d+)(\.\d+)? seconds", message)
    return int(found[1]) if found else function.timeout_s if function else 0


def _memory_mb(invocation: Invocation, function: FunctionConfiguration | None) -> int:
    if invocation.metrics is not None:
        return invocation.metrics.memory_size_mb
    return function.memory_mb if function else 0


def _measured(invocation: Invocation) -> Measured:
    startup, metrics = invocation.startup, invocation.metrics
    return Measured(
        ran_ms=metrics.duration_ms if metrics else 0.0,
        memory_used_mb=invocation.memory_used_mb or (metrics.max_memory_used_mb if metrics else 0),
        init_timed_out=startup is not None and startup.status == "timeout",
        init_again_ms=invocation.init_again_ms,
        extension=invocation.failed_extension or (startup.failed_extension if startup is not None else ""),
    )


def _init_note(invocation: Invocation) -> str:
    """Say that it failed in init and not in the handler, "" if it did not."""
    if not invocation.init_again_failed or invocation.status == "timeout":
        return ""
    return "It failed in init, outside the handler, and once more when Lambda repeated init inside the invocation."
