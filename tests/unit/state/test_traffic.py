"""Which versions the latest requests for an alias ran, and which invocations came through a function URL."""

from __future__ import annotations

import json

import pytest

from tests.support.event_builders import EventStream
from workbench.state.invocation import Invocation
from workbench.state.session import Session
from workbench.state.traffic import LATEST_REQUESTS, Traffic, latest_traffic
from workbench.state.url_requests import came_through_url


def invoked(stream: EventStream, request_id: str, version: str, alias: str) -> None:
    first = len(stream.events)
    stream.warm_success(request_id)
    for event in stream.events[first:]:
        if event.type == "sandbox.assigned" and alias:
            event.fields()["alias"] = alias
        if event.type == "platform.start":
            event.fields()["version"] = version


def test_only_requests_for_the_alias_count_and_the_newest_are_looked_at() -> None:
    stream, session = EventStream(), Session()
    for number in range(LATEST_REQUESTS + 5):
        invoked(stream, f"live{number}", "2" if number % 10 == 9 else "1", "live")
        invoked(stream, f"other{number}", "7", "")
    stream.assign("begun", "a81f00", "warm")
    stream.events[-2].fields()["alias"] = "live"
    session.apply(stream.events)
    traffic = latest_traffic(session.history, "thumbnail", "live")
    assert traffic.counts == {"1": LATEST_REQUESTS - 6, "2": 6}
    assert traffic.versions[-1] == "1"
    assert latest_traffic(session.history, "thumbnail", "beta") == latest_traffic(session.history, "x", "live") == Traffic()


def event_of_url(request_id: str, body: str = "") -> str:
    return json.dumps({"requestContext": {"domainName": "abc.lambda-url.us-east-1.localhost", "requestId": request_id},
                       "body": body})


@pytest.mark.parametrize(("text", "is_so"), [
    (event_of_url("r1"), True),
    (event_of_url("r1", "x" * 70_000)[:65_536], True),
    (event_of_url("r2"), False),  # an event file that somebody sends
    ('{"requestContext": {"domainName": "abc.execute-api.us-east-1.amazonaws.com", "requestId": "r1"}}', False),
    ('{"url": "x.lambda-url.y", "requestContext": [1]}', False),
    ("not JSON", False),
])
def test_what_came_through_a_function_url(text: str, is_so: bool) -> None:
    assert came_through_url(Invocation(request_id="r1", event_text=text)) is is_so
