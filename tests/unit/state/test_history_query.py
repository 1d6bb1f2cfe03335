from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from workbench.model.failures import InvalidInput
from workbench.model.past_invocations import PastInvocationFilter
from workbench.state.history_query import EVERYTHING, PastQuery, has_part, parse_query, with_part

NOW_MS = 1_800_000_000_000.0


@pytest.mark.parametrize(("text", "wanted"), [
    ("", {}),
    ("is:failed", {"status": "failed"}),
    ("IS:Cold is:starred", {"start": "cold", "is_starred": True}),
    ("is:unfinished is:named is:warm", {"status": "unfinished", "is_named": True, "start": "warm"}),
    ("function:orders version:3 alias:live trigger:url id:7f3e", {
        "function_name": "orders", "version": "3", "alias": "live", "trigger": "url", "request_id": "7f3e"}),
    ('name:"slow day" fn:a', {"name": "slow day", "function_name": "a"}),
    ("duration>100 memory<=64 cost<$0.01", {"least_duration_ms": 100, "most_memory_mb": 64, "most_usd": 0.01}),
    ("duration:100..200 memory:64.. cost:..1", {
        "least_duration_ms": 100, "most_duration_ms": 200, "least_memory_mb": 64, "most_usd": 1}),
    ("duration:5ms", {"least_duration_ms": 5, "most_duration_ms": 5}),
    ("since:2h until:30m", {"since_ms": 1_800_000_000_000 - 7_200_000, "until_ms": 1_800_000_000_000 - 1_800_000}),
    ("since:2026-11-30T14:05Z", {"since_ms": round(datetime.fromisoformat("2026-11-30T14:05Z").timestamp() * 1000)}),
])
def test_filters(text: str, wanted: dict[str, Any]) -> None:
    assert parse_query(text, NOW_MS) == PastQuery(wanted=PastInvocationFilter(**wanted))
    assert parse_query(text, NOW_MS).is_everything == (not text)


@pytest.mark.parametrize(("text", "looked_for", "place"), [
    ("paid", "paid", "any"), ("order 17", "order 17", "any"), ('"is:failed"', "is:failed", "any"), ("log:paid", "paid", "log"),
    ('event:"order 17" is:cold', "order 17", "event"), ("result:ok", "ok", "result"), ("text:a b", "a b", "any"),
    ('{"a":1}', "{a:1}", "any"), ("http://a.b", "http://a.b", "any"), ("a>b", "a>b", "any"),
])
def test_everything_else_is_a_text(text: str, looked_for: str, place: str) -> None:
    found = parse_query(text, NOW_MS)
    assert (found.text, found.place) == (looked_for, place)


@pytest.mark.parametrize(("text", "told"), [
    ("is:odd", "is:odd is not known."), ("duration>fast", "fast is no duration."), ("cost>-1", "-1 is no cost."),
    ("memory>1e99", "1e99 is no memory."), ("since:yesterday", "'yesterday' is not a time."),
    ("since:99999999-01-01", "is not a time"),
    ("event:a log:b", "Only one text can be looked for at a time."),
])
def test_what_cannot_be_asked_is_said_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_query(text, NOW_MS)
    assert told in raised.value.message
    assert raised.value.hint


def test_parts_are_added_and_taken_out() -> None:
    assert with_part("", "is:cold", wanted=True) == "is:cold"
    assert with_part("paid IS:COLD x", "is:cold", wanted=False) == "paid x"
    assert with_part("is:cold", "is:cold", wanted=True) == "is:cold"
    assert has_part("a Is:Cold", "is:cold")
    assert not has_part("a is:colder", "is:cold")
    assert EVERYTHING.is_everything
