"""An answer contains what is expected, or it is told where it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.model.failures import InvalidInput
from workbench.state.expectations import MOST_DIFFERENCES, Verdict, judge, read_expectation
from workbench.state.history import CAPACITY
from workbench.state.verdicts import Verdicts

BODY = {"total": 12.5, "items": [{"id": 1, "name": "a"}, {"id": 2}]}
ANSWER = {"statusCode": 200, "headers": {"x-id": "7"}, "body": json.dumps(BODY)}


def differences(expected: Any, answered: Any, *, has_failed: bool = False) -> tuple[str, ...]:
    wanted = read_expectation(json.dumps(expected).encode())
    return judge(wanted, json.dumps(answered).encode(), has_failed=has_failed).differences


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
    assert judge({}, b"\xff", has_failed=False).differences == ("The answer is not JSON.",)
    for content in (b"{", b"", b"\xff"):
        with pytest.raises(InvalidInput, match="What is expected is not JSON"):
            read_expectation(content)


def test_documents_may_be_deep() -> None:
    deep = b"[" * 400 + b"]" * 400
    assert judge(read_expectation(deep), deep, has_failed=False).is_met
    other = b"[" * 400 + b"1" + b"]" * 400
    assert not judge(read_expectation(deep), other, has_failed=False).is_met


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
