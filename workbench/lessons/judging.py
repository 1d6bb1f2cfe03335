"""Whether a check is reached, by what the stream has told of invocations."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from workbench.lessons.conditions import SIGNS, Condition, Figure, Term
from workbench.state.expectations import Verdict
from workbench.state.invocation import Invocation

VerdictOf = Callable[[str], Verdict | None]
"""The verdict on the answer to a request, None if nothing was expected."""


def is_reached(condition: Condition, invocations: Iterable[Invocation], verdict_of: VerdictOf) -> bool:
    """Whether all of it is true of one of these. What has not ended, and what a person canceled, does not count."""
    return any(_holds(condition, each, verdict_of) for each in invocations)


def _holds(condition: Condition, invocation: Invocation, verdict_of: VerdictOf) -> bool:
    if condition.function not in ("", invocation.function_name) or invocation.metrics is None:
        return False
    return all(_is_true(term, invocation, verdict_of) for term in condition.terms) and not invocation.was_cancelled


def _is_true(term: Term | Figure, invocation: Invocation, verdict_of: VerdictOf) -> bool:
    if isinstance(term, Figure):
        measured = _figure(term, invocation)
        return measured is not None and SIGNS[term.sign](measured, term.value)
    if term.fact in ("cold", "warm"):
        return invocation.start == term.fact
    if term.fact == "expect met":
        verdict = verdict_of(invocation.request_id)
        return verdict is not None and verdict.is_met
    if term.fact == "succeeded":
        return invocation.status == "success"
    return invocation.status in ("error", "timeout") and (not term.error or term.error in _errors(invocation))


def _figure(figure: Figure, invocation: Invocation) -> float | None:
    """What was measured; None where there is nothing, as there is no Init of a warm start, or where a debugger took its time."""
    metrics = invocation.metrics
    assert metrics is not None
    if figure.measure == "memory":
        return metrics.memory_size_mb
    if figure.measure == "used":
        return metrics.max_memory_used_mb
    if invocation.is_debugged:
        return None
    if figure.measure == "init":
        return metrics.init_duration_ms
    return metrics.duration_ms if figure.measure == "duration" else metrics.billed_duration_ms


def _errors(invocation: Invocation) -> set[str]:
    """What the failure may be called: its error type, the last part of that, and two names that are shorter."""
    types = {invocation.error_type, str(invocation.error().get("errorType", ""))}
    shorter = {each.rpartition(".")[2] for each in types}
    if invocation.status == "timeout":
        shorter.add("Timeout")
    if invocation.out_of_memory:
        shorter.add("OutOfMemory")
    return types | shorter
