"""Conditions beyond equality, and places in an answer: what they mean, how they are told, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.model.failures import InvalidInput
from workbench.state.expectations import Outcome, judge, read_expectation, standing_of
from workbench.state.json_operators import NAMES
from workbench.state.json_texts import InvalidCondition, line_of

ANSWER = {
    "statusCode": 200, "total": 12.5, "name": "order-17", "day": "2026-11-30", "none": None, "items": [{"id": 1}, {"id": 2}],
    "body": json.dumps({"total": 12.5, "items": [{"id": 7, "tags": ["a", "b"]}]}), "headers": {"x-id": "7"}}


def differences(expected: Any, answered: Any = ANSWER, duration_ms: float | None = 5.25) -> tuple[str, ...]:
    outcome = Outcome(json.dumps(answered).encode(), "success", duration_ms)
    return judge(read_expectation(json.dumps(expected).encode()), outcome).differences


@pytest.mark.parametrize(("expected", "condition"), [
    ({"total": {"$atLeast": 12.5}}, "$.total ≥ 12.5"), ({"total": {"$atMost": 12.5}}, "$.total ≤ 12.5"),
    ({"total": {"$above": 12}}, "$.total > 12"), ({"total": {"$below": 13}}, "$.total < 13"),
    ({"day": {"$atLeast": "2026-01-01"}}, '$.day ≥ "2026-01-01"'),
    ({"name": {"$matches": "^order-[0-9]+$"}}, "$.name matches /^order-[0-9]+$/"),
    ({"none": {"$exists": True}}, "$.none exists"), ({"error": {"$exists": False}}, "$.error is absent"),
    ({"items": {"$length": 2}}, "length of $.items = 2"), ({"name": {"$length": {"$above": 7}}}, "length of $.name > 7"),
    ({"headers": {"$length": 1}}, "length of $.headers = 1"),
    ({"name": {"$contains": "der-"}}, '$.name contains "der-"'),
    ({"items": {"$contains": {"id": 2}}}, "$.items contains {id = 2}"),
    ({"items": {"$contains": {"id": {"$above": 1}}}}, "$.items contains {id > 1}"),
    ({"body": {"items": {"$contains": {"tags": {"$contains": "b"}}}}}, '$.body.items contains {tags contains "b"}'),
    ({"headers": {"$equals": {"x-id": "7"}}}, '$.headers = {"x-id":"7"}'),
    ({"$.body.total": {"$atLeast": 0}}, "$.body.total ≥ 0"), ({"$.body.items[0].id": 7}, "$.body.items[0].id = 7"),
    ({'$.headers["x-id"]': "7"}, '$.headers["x-id"] = "7"'), ({"$.headers.x-id": "7"}, '$.headers.x-id = "7"'),
    ({"$.body.items[1]": {"$exists": False}}, "$.body.items[1] is absent"),
    ({"$.a.b.c": {"$exists": False}}, "$.a.b.c is absent"), ({"$durationMs": {"$below": 1_000}}, "Duration < 1,000 ms")])
def test_a_condition_is_met_and_told(expected: Any, condition: str) -> None:
    assert differences(expected) == ()
    made = read_expectation(json.dumps(expected).encode())
    assert condition in list(made.conditions())
    standing = standing_of(made, Outcome(json.dumps(ANSWER).encode(), duration_ms=5.25))
    assert (condition in [check.text for check in standing.checks], standing.met) == (True, standing.total)


@pytest.mark.parametrize(("expected", "told"), [
    ({"total": {"$atLeast": 13}}, "$.total is 12.5, not at least 13."),
    ({"total": {"$above": 12.5}}, "$.total is 12.5, not above 12.5."),
    ({"total": {"$below": 12.5}}, "$.total is 12.5, not below 12.5."),
    ({"total": {"$atMost": 12}}, "$.total is 12.5, not at most 12."),
    ({"name": {"$above": 1}}, '$.name is "order-17", and no number.'),
    ({"total": {"$above": "1"}}, "$.total is 12.5, and no text."),
    ({"name": {"$matches": "^[0-9]"}}, '$.name is "order-17", and does not match /^[0-9]/.'),
    ({"total": {"$matches": "1"}}, "$.total is 12.5, and no text."),
    ({"x": {"$exists": True}}, "$.x is missing."), ({"none": {"$exists": False}}, "$.none is null, and expected to be absent."),
    ({"x": {"$above": 1}}, "$.x is missing; above 1 is expected."),
    ({"x": {"$matches": "a"}}, "$.x is missing; a text that matches /a/ is expected."),
    ({"x": {"$contains": "a"}}, '$.x is missing; something that contains "a" is expected.'),
    ({"items": {"$length": 3}}, "The length of $.items is 2, not 3."),
    ({"total": {"$length": 3}}, "$.total is 12.5, which has no length."),
    ({"items": {"$length": {"$above": 2}}}, "The length of $.items is 2, not above 2."),
    ({"x": {"$length": 0}}, "$.x is missing."),
    ({"name": {"$contains": "z"}}, '$.name is "order-17", and does not contain "z".'),
    ({"items": {"$contains": {"id": 3}}}, '$.items is [{"id":1},{"id":2}], and does not contain {id = 3}.'),
    ({"total": {"$contains": "1"}}, "$.total is 12.5, and neither a text nor a list."),
    ({"name": {"$contains": 1}}, '$.name is "order-17", and not a list.'),
    ({"items": {"$equals": [{"id": 1}, {}]}}, '$.items is [{"id":1},{"id":2}], not exactly [{"id":1},{}].'),
    ({"$.body.total": 13}, "$.body.total is 12.5, not 13."),
    ({"$.body.items[4].id": 1}, "$.body.items[4].id is missing; 1 is expected."),
    ({"$durationMs": {"$below": 5}}, "Duration is 5.25 ms, not below 5 ms."),
    ({"$durationMs": {"$above": 6}}, "Duration is 5.25 ms, not above 6 ms.")])
def test_a_condition_that_is_not_met_says_what_is_there(expected: Any, told: str) -> None:
    assert differences(expected) == (told,)


def test_several_conditions_are_each_a_line() -> None:
    assert differences({"total": {"$atLeast": 0, "$below": 10}}) == ("$.total is 12.5, not below 10.",)
    assert differences({"$atLeast": 0, "$maxDurationMs": 1}, 5) == ("Duration is 5.25 ms, more than 1 ms.",)
    assert differences({"$answer": {"$matches": "^ok"}}, "okay") == ()
    assert differences({"statusCode": 200, "$.body.total": {"$atLeast": 0}, "$durationMs": {"$below": 100}}) == ()


def test_true_is_no_number_in_conditions_either() -> None:
    assert differences({"a": {"$atLeast": 0}}, {"a": True}) == ("$.a is true, and no number.",)
    assert differences({"a": {"$equals": [1, {"b": True}]}}, {"a": [1.0, {"b": True}]}) == ()
    assert differences({"a": {"$equals": [1]}}, {"a": [True]}) == ("$.a is [true], not exactly [1].",)


def test_members_that_have_a_conditions_name_can_be_expected() -> None:
    assert differences({"filter": {"$equals": {"$gte": 5}}}, {"filter": {"$gte": 5}}) == ()
    assert differences({"$ref": "#/a", "$schema": "x", "$id": 1}, {"$ref": "#/a", "$schema": "x", "$id": 1}) == ()


def test_errors_can_be_asked_for_by_condition_and_by_place() -> None:
    failed = Outcome(b'{"errorType": "KeyError", "errorMessage": "\'TABLE\'"}', "error")
    for content in (b'{"errorMessage": {"$contains": "TABLE"}}', b'{"$.errorType": {"$matches": "Error$"}}'):
        assert judge(read_expectation(content), failed).is_met
    assert not judge(read_expectation(b'{"errorType": {"$exists": false}}'), failed).is_met
    assert differences({"errorType": {"$exists": False}}) == ()


@pytest.mark.parametrize(("content", "told"), [
    ('{"total": {"$gte": 0}}', '$.total has "$gte", which is no condition. Did you mean "$atLeast"?'),
    ('{"a": [{"b": {"$atleast": 0}}]}', '$.a[0].b has "$atleast", which is no condition. Did you mean "$atLeast"?'),
    ('{"a": {"$match": "x"}}', 'Did you mean "$matches"?'), ('{"a": {"$regex": "x"}}', 'Did you mean "$matches"?'),
    ('{"a": {"$absent": true}}', 'Did you mean "$exists"?'), ('{"a": {"$size": 2}}', 'Did you mean "$length"?'),
    ('{"$maxDuration": 100}', 'Did you mean "$maxDurationMs"?'), ('{"$duration": {"$below": 1}}', 'Did you mean "$durationMs"?'),
    ('{"a": {"$atLeast": 0, "b": 1}}', '$.a has "b" beside the condition $atLeast.'),
    ('{"a": {"$atLeast": true}}', "$atLeast at $.a takes a number or a text, not true."),
    ('{"a": {"$exists": 1}}', "$exists at $.a takes true or false, not 1."),
    ('{"a": {"$matches": 1}}', "$matches at $.a takes a regular expression in a text, not 1."),
    ('{"a": {"$matches": "("}}', "$matches at $.a is no regular expression, missing ), unterminated subpattern at position 0."),
    ('{"a": {"$matches": "(a+)+b"}}', "$matches at $.a repeats what is repeated already"),
    ('{"a": {"$length": -1}}', "$length at $.a takes a number of"),
    ('{"a": {"$length": {"$exists": true}}}', "$length at $.a takes"),
    ('{"a": {"$contains": {"b": {"$gt": 1}}}}', '$.a.b has "$gt", which is no condition. Did you mean "$above"?'),
    ('{"$.a..b": 1}', '"$.a..b" is no place in an answer.'), ('{"$.": 1}', '"$." is no place'), ('{"$.a[x]": 1}', "is no place"),
    ('{"$answer": 1, "$.a": 1}', 'Beside $answer, "$.a" is expected'),
    ('{"$durationMs": 100}', "$durationMs is 100, and no condition on a number"),
    ('{"$durationMs": {"$above": "1"}}', "$durationMs is"), ('{"$durationMs": {"$matches": "1"}}', "$durationMs is")])
def test_what_is_no_condition_is_told_with_its_place_and_the_right_ones(content: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_expectation(content.encode())
    assert told in refused.value.message
    assert refused.value.hint
    assert isinstance(refused.value, InvalidCondition)
    assert line_of(f"\n{content}", refused.value.name) == 2


def test_a_line_is_told_where_it_is_clear() -> None:
    assert line_of('{\n"a": {"$gte": 1},\n"b": {"$lt": 1}}', "$lt") == 3
    assert line_of('{\n"a": {"$lt": 1},\n"b": {"$lt": 1}}', "$lt") == line_of("{}", "$lt") == 0


def test_the_right_names_are_told() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_expectation(b'{"a": {"$gte": 0}}')
    assert all(name in refused.value.hint for name in NAMES)
    with pytest.raises(InvalidInput, match="nested too deeply"):
        read_expectation(b'{"$contains":' * 400 + b"1" + b"}" * 400)
