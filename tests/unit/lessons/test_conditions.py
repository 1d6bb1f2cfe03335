"""Conditions in a teacher's words: read strictly, and true of what the stream told."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.lessons.conditions import LONGEST, SIGNS, SIZES, TIMES, Condition, Figure, Term, read_condition
from workbench.lessons.judging import is_reached
from workbench.model.failures import InvalidInput
from workbench.state.expectations import Verdict
from workbench.state.invocation import Invocation
from workbench.state.report_metrics import Metrics

WORDS = [*TIMES, *SIZES, *SIGNS, "cold", "and", "for", "failed", "5", "ms", "MB", "X"]
METRICS = Metrics(duration_ms=41.0, billed_duration_ms=282, memory_size_mb=512, max_memory_used_mb=61, init_duration_ms=240.5)


def invocation(**fields: Any) -> Invocation:
    return Invocation(**{"request_id": "1", "function_name": "Orders", "start": "cold", "reported_status": "success",
                         "metrics": METRICS, **fields})


def holds(condition: str, *invocations: Invocation, verdict: Verdict | None = None) -> bool:
    return is_reached(read_condition(condition), invocations, lambda _: verdict)


@pytest.mark.parametrize("condition", [
    "cold", "succeeded", "init > 240 ms", "init<=0.241 s and cold", "duration = 41 ms", "billed ≥ 282 ms",
    "memory = 512", "memory = 512 MB", "used < 62 MB", "cold for Orders", "  cold   and  succeeded "])
def test_what_is_true(condition: str) -> None:
    assert holds(condition, invocation())


@pytest.mark.parametrize("condition", [
    "warm", "failed", "init < 240 ms", "cold for Other", "cold and warm", "expect met", "failed Timeout", "used > 61"])
def test_what_is_not_true(condition: str) -> None:
    assert not holds(condition, invocation())


def test_all_of_it_is_true_of_one_invocation() -> None:
    slow_and_warm = invocation(start="warm", metrics=Metrics(
        duration_ms=900, billed_duration_ms=900, memory_size_mb=512, max_memory_used_mb=61))
    assert holds("cold", slow_and_warm, invocation())
    assert not holds("warm and duration < 100 ms", slow_and_warm, invocation())


def test_there_is_no_init_of_a_warm_start() -> None:
    metrics = Metrics(duration_ms=2, billed_duration_ms=2, memory_size_mb=512, max_memory_used_mb=61)
    assert not holds("init < 100 ms", invocation(start="warm", metrics=metrics))


def test_what_has_not_ended_or_was_canceled_does_not_count() -> None:
    assert not holds("cold", invocation(metrics=None))
    assert not holds("cold", invocation(stop_reason="cancelled"))


def test_times_of_a_debugged_invocation_are_a_persons() -> None:
    assert not holds("duration < 1 s", invocation(is_debugged=True))
    assert holds("cold and memory = 512", invocation(is_debugged=True))


def test_failures_by_their_type() -> None:
    timed_out = invocation(reported_status="timeout", function_error="Unhandled", error_type="Sandbox.Timedout")
    assert [holds(each, timed_out) for each in ("failed", "failed Timeout", "failed Timedout", "failed Other", "succeeded")] == [
        True, True, True, False, False]
    wrong = invocation(reported_status="error", function_error="Unhandled",
                       payload=json.dumps({"errorType": "Runtime.ImportModuleError"}))
    assert [holds(f"failed {each}", wrong) for each in ("ImportModuleError", "Runtime.ImportModuleError", "Timeout")] == [
        True, True, False]
    assert holds("failed OutOfMemory", invocation(reported_status="error", function_error="Unhandled", out_of_memory=True))


def test_an_answer_as_expected() -> None:
    assert holds("expect met", invocation(), verdict=Verdict())
    assert not holds("expect met", invocation(), verdict=Verdict(("$.a is missing",)))


@pytest.mark.parametrize(("condition", "said"), [
    ("", "the condition is empty."), ("cool", "“cool” is no condition (is “cold” meant?)."), ("Cold", "“Cold” is no condition."),
    ("cold or warm", "“cold or warm” is no condition."), ("inti < 5 ms", "“inti” is no figure (is “init” meant?)."),
    ("init < 5", "init is a time, and has no unit."), ("init < 5 min", "init is a time, and “min” is no unit of it."),
    ("memory = 1 GB", "memory is a size in MB, and “GB” is no unit of it."), ("init 5 ms", "“init 5 ms” is no condition."),
    ("init < -5 ms", "“init < -5 ms” is no condition."), ("cold and ", "“cold and” is no condition."),
    ("cold for ", "“cold for” is no condition."), ("cold for a b", "“a b” is no name of a function."),
    ("failed two words", "“two words” is no error type."),
    ("x" * (LONGEST + 1), f"the condition has more than {LONGEST} characters."),
    ("__import__('os').system('true')", "“__import__('os').system('true')” is no condition.")])
def test_what_is_wrong_is_said(condition: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_condition(condition)
    assert caught.value.message == said
    assert caught.value.hint


@given(st.sampled_from([*TIMES]), st.sampled_from([*SIGNS]), st.integers(0, 10**6), st.booleans())
def test_times_mean_the_same_in_both_units(name: str, sign: str, value_ms: int, is_tight: bool) -> None:
    gap = "" if is_tight else " "
    in_ms = read_condition(f"{name}{gap}{sign}{gap}{value_ms}{gap}ms")
    in_s = read_condition(f"{name}{gap}{sign}{gap}{value_ms / 1000:.3f}{gap}s")
    assert in_ms == Condition((Figure(TIMES[name], sign, value_ms),))
    figure, = in_s.terms
    assert isinstance(figure, Figure)
    assert figure.value == pytest.approx(value_ms)


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join))
def test_anything_is_a_condition_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        condition = read_condition(text)
        assert condition.terms
        assert all(isinstance(each, (Term, Figure)) for each in condition.terms)
        is_reached(condition, [invocation()], lambda _: None)
