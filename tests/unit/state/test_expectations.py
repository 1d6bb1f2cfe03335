"""An answer contains what is expected, or it is told where it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.model.failures import InvalidInput
from workbench.state.expectations import MOST_CHECKS, MOST_DIFFERENCES, Outcome, Verdict, judge, read_expectation, standing_of
from workbench.state.history import CAPACITY
from workbench.state.verdicts import Verdicts

BODY = {"total": 12.5, "items": [{"id": 1, "name": "a"}, {"id": 2}]}
ANSWER = {"statusCode": 200, "headers": {"x-id": "7"}, "body": json.dumps(BODY)}


def differences(expected: Any, answered: Any, *, has_failed: bool = False, duration_ms: float | None = 5.25) -> tuple[str, ...]:
    wanted = read_expectation(json.dumps(expected).encode())
    outcome = Outcome(json.dumps(answered).encode(), "error" if has_failed else "success", duration_ms)
    return judge(wanted, outcome).differences


def conditions(expected: Any) -> tuple[str, ...]:
    return tuple(read_expectation(json.dumps(expected).encode()).conditions())


@pytest.mark.parametrize("expected", [
    {"statusCode": 200}, {}, {"headers": {}}, {"body": {"total": 12.5}}, {"body": {"items": [{"id": 1}, {}]}},
    {"statusCode": 200.0}, {"body": ANSWER["body"]}])
def test_what_is_not_named_does_not_matter(expected: Any) -> None:
    assert differences(expected, ANSWER) == ()


@pytest.mark.parametrize(("expected", "told"), [
    ({"statusCode": 201}, "$.statusCode is 200, not 201."),
    ({"statusCode": True}, "$.statusCode is 200, not true."),
    ({"headers": {"x-id": 7}}, '$.headers["x-id"] is "7", not 7.'),
    ({"cookies": []}, "$.cookies is missing; [] is expected."),
    ({"body": {"items": [{"id": 1}]}}, "$.body.items has 2 elements, not 1."),
    ({"body": {"items": [{"id": 1}, {"id": 3}]}}, "$.body.items[1].id is 2, not 3."),
    ([1], '$ is {"statusCode":200,"headers":{"x-id":"7"},"body":"{\\"total\\": 12.5, \\"items\\": […, not [1].'),
    (None, '$ is {"statusCode":200,"headers":{"x-id":"7"},"body":"{\\"total\\": 12.5, \\"items\\": […, not null.')])
def test_a_difference_is_told_with_its_place(expected: Any, told: str) -> None:
    assert differences(expected, ANSWER) == (told,)


def test_true_is_no_number_and_one_is_one() -> None:
    assert differences([1, True, None], [1.0, True, None]) == ()
    assert differences([1, True, None], [True, 1, False]) == (
        "$[0] is true, not 1.", "$[1] is 1, not true.", "$[2] is false, not null.")


def test_differences_come_in_the_order_of_what_is_expected() -> None:
    assert differences({"b": 1, "a": {"c": 2}, "d": 3}, {}) == (
        "$.b is missing; 1 is expected.", '$.a is missing; {"c":2} is expected.', "$.d is missing; 3 is expected.")
    assert len(differences({str(number): 1 for number in range(200)}, {})) == MOST_DIFFERENCES


def test_a_failure_meets_only_what_asks_for_one() -> None:
    error = {"errorType": "ValueError", "errorMessage": "on purpose", "stackTrace": []}
    assert differences({}, error, has_failed=True) == ("The function failed with ValueError: on purpose.",)
    assert differences({"errorType": "ValueError"}, error, has_failed=True) == ()
    assert differences({"errorType": "KeyError"}, error, has_failed=True) == ('$.errorType is "ValueError", not "KeyError".',)
    assert differences({"errorType": "ValueError"}, error) == ("The function succeeded, and an error is expected.",)


def test_what_is_no_json_is_told_so() -> None:
    assert judge(read_expectation(b"{}"), Outcome(b"\xff")).differences == ("The answer is not JSON.",)
    for content in (b"{", b"", b"\xff"):
        with pytest.raises(InvalidInput, match="What is expected is not JSON"):
            read_expectation(content)


def test_documents_may_be_deep() -> None:
    deep = b"[" * 400 + b"]" * 400
    assert judge(read_expectation(deep), Outcome(deep)).is_met
    other = b"[" * 400 + b"1" + b"]" * 400
    assert not judge(read_expectation(deep), Outcome(other)).is_met


def test_duration_has_a_limit() -> None:
    limit = {"$maxDurationMs": 5.25, "statusCode": 200}
    assert differences(limit, ANSWER) == ()
    assert differences(limit, ANSWER, duration_ms=5.26) == ("Duration is 5.26 ms, more than 5.25 ms.",)
    assert differences(limit, {}, duration_ms=None) == ("$.statusCode is missing; 200 is expected.", "Duration is not known.")
    assert differences({"$maxDurationMs": 1_000}, 1, duration_ms=1_234.56) == ("Duration is 1,234.56 ms, more than 1,000 ms.",)
    # A failure is told, however quick it was.
    assert differences({"$maxDurationMs": 100}, {"errorType": "E"}, has_failed=True) == ("The function failed with E.",)


def test_how_an_invocation_ends_can_be_expected_whatever_it_answers() -> None:
    timeout = Outcome(b"Task timed out", "timeout")
    assert judge(read_expectation(b'{"$status": "timeout"}'), timeout).is_met
    assert judge(read_expectation(b'{"$status": "error"}'), timeout).differences == ("The status is timeout, not error.",)
    error = {"errorType": "ValueError", "errorMessage": "on purpose"}
    assert differences({"$status": "error", "errorMessage": "on purpose"}, error, has_failed=True) == ()
    assert differences({"$status": "success"}, "text", has_failed=True) == ("The status is error, not success.",)


def test_an_answer_that_is_no_object_has_conditions_beside_it() -> None:
    assert differences({"$answer": [1, 2], "$maxDurationMs": 10}, [1, 2]) == ()
    assert differences({"$answer": None}, 1) == ("$ is 1, not null.",)
    assert differences({"$answer": {"$status": "paid"}}, {"$status": "open"}) == ('$["$status"] is "open", not "paid".',)


@pytest.mark.parametrize(("content", "told"), [
    (b'{"$maxDurationMs": "100"}', '\\$maxDurationMs is "100", and no number of milliseconds'),
    (b'{"$maxDurationMs": true}', "is true, and no number"), (b'{"$maxDurationMs": -1}', "is -1, and no number"),
    (b'{"$status": "failed"}', '\\$status is "failed", and no ending'), (b'{"$status": 1}', "is 1, and no ending"),
    (b'{"$status": []}', "no ending"), (b'{"$status": null}', "no ending"),
    (b'{"$answer": 1, "statusCode": 200}', 'Beside \\$answer, "statusCode" is expected')])
def test_a_condition_that_can_not_be_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_expectation(content)


def test_members_of_other_names_are_part_of_the_answer() -> None:
    assert differences({"$ref": "a", "$metadata": {"$fault": 1}}, {"$ref": "a"}) == (
        '$["$metadata"] is missing; {"$fault":1} is expected.',)


@pytest.mark.parametrize(("expected", "told"), [
    ({"statusCode": 200, "body": {"items": [{"id": 1}, "x"]}, "$maxDurationMs": 1_500},
     ("$.statusCode = 200", "$.body.items[0].id = 1", '$.body.items[1] = "x"', "Duration ≤ 1,500 ms")),
    ({}, ("succeeds",)), ([], ("succeeds",)), (None, ("$ = null",)), ({"$status": "timeout"}, ("status = timeout",)),
    ({"$maxDurationMs": 0.5}, ("succeeds", "Duration ≤ 0.5 ms"))])
def test_conditions_can_be_read_before_anything_is_compared(expected: Any, told: tuple[str, ...]) -> None:
    assert conditions(expected) == told


def test_a_standing_counts_what_is_met() -> None:
    expected = read_expectation(json.dumps({"statusCode": 200, "headers": {"x-id": "8"}, "$maxDurationMs": 1}).encode())
    before, after = standing_of(expected, None), standing_of(expected, Outcome(json.dumps(ANSWER).encode(), duration_ms=1.0))
    assert (before.total, before.is_compared, [check.text for check in before.checks]) == (
        3, False, [check.text for check in after.checks])
    assert (after.total, after.met, after.checks[1].difference) == (3, 2, '$.headers["x-id"] is "7", not "8".')
    many = standing_of(read_expectation(json.dumps([1] * 2_000).encode()), Outcome(json.dumps([1] * 2_000).encode()))
    assert (len(many.checks), many.total, many.met) == (MOST_CHECKS, 2_000, 2_000)
    last = standing_of(read_expectation(json.dumps([1] * 2_000).encode()), Outcome(json.dumps([1] * 1_990 + [2] * 10).encode()))
    assert (len(last.checks), last.met, last.checks[-1].difference) == (MOST_CHECKS + 10, 1_990, "$[1999] is 2, not 1.")


def test_a_verdict_says_it_in_a_few_words() -> None:
    assert Verdict().text == "as expected"
    assert Verdict(("a",)).text == "not as expected: 1 difference"
    assert Verdict(("a", "b")).document() == {"met": False, "differences": ["a", "b"]}


def test_verdicts_are_kept_as_long_as_invocations() -> None:
    verdicts = Verdicts()
    for number in range(CAPACITY + 1):
        verdicts.note(str(number), Verdict())
    assert verdicts.of("0") is None
    assert verdicts.of("1") is not None
    verdicts.note("1", None)
    verdicts.forget(["2", "unknown"])
    assert (verdicts.of("1"), verdicts.of("2")) == (None, None)
