"""An expectation is drafted from an answer: it is met by that answer, and by others that differ as each run does."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from workbench.state.changing_texts import lasting_part, pattern_of
from workbench.state.expectation_draft import Answered, draft
from workbench.state.expectations import Outcome, judge, read_expectation

MOMENT = datetime(2026, 11, 30, 12, 0, 5, tzinfo=UTC)


def drafted(answer: Any, *, event: str = "", other: Any = None, has_failed: bool = False) -> Any:
    content = json.dumps(answer).encode()
    text = draft(Answered(answer=content, moment_ms=MOMENT.timestamp() * 1_000, event_text=event, has_failed=has_failed,
                          other=None if other is None else json.dumps(other).encode()))
    assert judge(read_expectation(text.encode()), Outcome(content, "error" if has_failed else "success")).is_met
    return json.loads(text)


def run_of(number: int) -> dict[str, Any]:
    """What the same code answers in one run and in the next."""
    moment = MOMENT + timedelta(seconds=number)
    return {
        "id": str(uuid.uuid4()), "at": moment.isoformat(), "local": str(moment.replace(tzinfo=None)), "epoch": moment.timestamp(),
        "millis": round(moment.timestamp() * 1_000), "day": "2026-11-30", "trace": f"Root=1-{number:08x}-{'a' * 24}",
        "headers": {"Date": format_datetime(moment, usegmt=True), "x-request-id": f"q{number}"}, "durationMs": 1.5 + number,
        "stream": f"2026/11/30/[$LATEST]{uuid.uuid4().hex}", "text": f"Paid (order {uuid.uuid4()}) in {number + 1}.25 ms.",
        "body": json.dumps({"total": 12.5, "remainingTimeMs": 2_990 - number, "number": number, "digits": str(number)})}


def test_what_changes_with_each_run_is_left_open() -> None:
    first = drafted(run_of(1), other=run_of(0))
    expected = read_expectation(json.dumps(first).encode())
    for number in (2, 70):
        assert judge(expected, Outcome(json.dumps(run_of(number)).encode())).differences == ()
    wrong = {**run_of(3), "body": json.dumps({"total": 13, "remainingTimeMs": 1, "number": 1, "digits": "1"}), "id": "7"}
    assert judge(expected, Outcome(json.dumps(wrong).encode())).differences == (
        '$.id is "7", and does not match /^[0-9a-f-]{36}$/.', "$.body.total is 13, not 12.5.")
    assert first["text"] == {"$matches": r"^Paid \(order [0-9a-f-]{36}\) in [0-9.]+ ?[a-zµ]+\.$"}
    assert first["body"]["total"] == 12.5


@pytest.mark.parametrize("value", [
    12.5, 0, True, None, "text", "", [], {}, "2020-01-01T00:00:00Z", "2019-05-05", 1_262_304_000, "not-a-uuid",
    [1, "a", {"b": []}]])
def test_what_does_not_change_stays_as_it_is(value: Any) -> None:
    assert drafted({"value": value}) == {"value": value}
    assert drafted([value]) == [value]


def test_what_the_event_has_too_stays() -> None:
    order = str(uuid.uuid4())
    assert drafted({"order": order, "id": "x"}, event=json.dumps({"id": order})) == {"order": order, "id": "x"}
    told = drafted({"text": f"{order} became {uuid.uuid4()}"}, event=order)["text"]["$matches"]
    assert told == f"^{order} became [0-9a-f-]{{36}}$"


def test_what_differed_from_the_answer_before_is_left_open() -> None:
    one = {"price": 57, "qty": "3", "list": [1, 2], "same": [1], "flag": True, "word": "a", "below": -1}
    other = {"price": 12, "qty": "10", "list": [1], "same": [1], "flag": False, "word": "b", "below": 4}
    assert drafted(one, other=other) == {
        "price": {"$atLeast": 0}, "qty": {"$matches": "^[0-9]+$"}, "list": {"$exists": True}, "same": [1],
        "flag": {"$exists": True}, "word": {"$exists": True}, "below": {"$exists": True}}
    assert drafted({"a": 1}, other="failed") == {"a": 1}


def test_a_failure_is_its_type_and_message() -> None:
    answer = {"errorType": "KeyError", "errorMessage": "'TABLE'", "stackTrace": ["  File …"], "requestId": str(uuid.uuid4())}
    assert drafted(answer, has_failed=True) == {"errorType": "KeyError", "errorMessage": "'TABLE'"}
    told = f"RequestId: {uuid.uuid4()} Error: Task timed out after 3.00 seconds"
    late = {"errorType": "Sandbox.Timedout", "errorMessage": told}
    assert drafted(late, has_failed=True)["errorMessage"]["$matches"].startswith("^RequestId: [0-9a-f-]{36} Error: Task timed")


def test_members_that_have_a_conditions_name_are_expected_as_they_are() -> None:
    assert drafted({"filter": {"$gte": 5}, "$metadata": {"attempts": 1}}) == {
        "filter": {"$equals": {"$gte": 5}}, "$metadata": {"attempts": 1}}


def test_conditions_stand_in_one_line_and_what_is_no_json_is_unchanged() -> None:
    answered = Answered(answer=json.dumps({"id": str(uuid.uuid4()), "n": 1}).encode(), moment_ms=MOMENT.timestamp() * 1_000)
    assert draft(answered) == '{\n  "id": {"$matches": "^[0-9a-f-]{36}$"},\n  "n": 1\n}\n'
    assert draft(Answered(answer=b"<html>", moment_ms=MOMENT.timestamp() * 1_000)) == "<html>\n"
    deep = b"[" * 900 + b"]" * 900
    assert json.loads(draft(Answered(answer=deep, moment_ms=MOMENT.timestamp() * 1_000))) == json.loads(deep)


def test_of_a_long_text_a_part_that_stays_is_contained() -> None:
    page = f"<h1>Order</h1>\n<p>{uuid.uuid4()}</p>\n<footer>{'Thank you for your order. ' * 8}</footer>"
    assert pattern_of(page, MOMENT, lambda _: False) == ""
    assert lasting_part(page, MOMENT).startswith("</p>") is False
    assert drafted({"page": page}) == {"page": {"$contains": lasting_part(page, MOMENT)}}
    assert lasting_part("nothing", MOMENT) == "nothing"
