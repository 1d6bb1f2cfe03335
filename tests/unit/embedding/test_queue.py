"""Queue, inbox and the clock in the program's hand."""

from __future__ import annotations

import json

import pytest

from workbench import Engine, ServiceError
from workbench.model.failures import EngineError


def test_two_retries_and_a_dead_letter(engine: Engine) -> None:
    request_id = engine.invoke_async("Echo", "fail")
    assert [(event.state, event.attempts, event.request_id) for event in engine.queue.list()] == [("waiting", 0, request_id)]
    first = engine.queue.step()
    assert first is not None
    assert (first.outcome, first.attempts) == ("scheduled", 1)
    last = engine.queue.fast_forward(180, "Echo")
    assert [(step.outcome, step.attempts) for step in last] == [("scheduled", 2), ("RetriesExhausted", 3)]
    letter = engine.inbox.wait_for(kind="dead-letter", function="Echo")
    assert (json.loads(letter.body), letter.request_id) == ("fail", request_id)
    assert [line for line in engine.logs.of(request_id) if line.startswith("event")] == ["event fail"] * 3
    assert engine.queue.step() is None
    engine.inbox.clear()
    assert engine.inbox.items() == []


def test_a_destination_by_itself(engine: Engine) -> None:
    engine.queue.resume()
    for number in (1, 2, 3):
        engine.invoke_async("Echo", number)
    engine.queue.wait_until_empty()
    records = [json.loads(message.body) for message in engine.inbox.items(kind="success")]
    assert sorted(record["requestPayload"] for record in records) == [1, 2, 3]


def test_a_page_of_the_inbox_is_not_all_of_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.embedding.inbox._A_PAGE", 2)
    sent = [engine.invoke_async("Echo", number) for number in range(5)]
    engine.queue.fast_forward(1)
    assert [message.request_id for message in engine.inbox.items()] == sent
    assert engine.inbox.wait_for(kind="success").request_id == sent[0]


def test_a_clock_of_a_function_holds_its_events_alone(engine: Engine) -> None:
    engine.queue.resume()
    engine.queue.hold("Echo")
    engine.invoke_async("Echo", 1)
    with pytest.raises(EngineError, match="does not become empty by itself"):
        engine.queue.wait_until_empty()
    engine.queue.resume("Echo")
    engine.queue.wait_until_empty()
    assert len(engine.inbox.items()) == 1


def test_one_event_is_tried_or_dropped_by_hand(engine: Engine) -> None:
    engine.invoke_async("Echo", 1)
    engine.invoke_async("Echo", 2)
    first, second = engine.queue.list()
    step = engine.queue.retry_now(second.event_id)
    assert step is not None
    assert step.outcome == "Success"
    engine.queue.drop(first.event_id)
    assert engine.queue.list() == ()
    with pytest.raises(ServiceError, match=f"There is no event {first.event_id} in the queue"):
        engine.queue.drop(first.event_id)


def test_waiting_in_vain_says_why(engine: Engine) -> None:
    engine.invoke_async("Echo", "fail")
    with pytest.raises(EngineError, match=r"does not become empty by itself: 1 waiting: Echo \(waiting, 0 attempts\), its clock"):
        engine.queue.wait_until_empty()
    with pytest.raises(EngineError, match=r"The inbox has nothing\. The queue: 1 waiting.*step or fast_forward"):
        engine.inbox.wait_for(kind="failure", timeout_s=0)
    engine.queue.resume()
    with pytest.raises(EngineError, match="not become empty within 0 seconds"):
        engine.queue.wait_until_empty(timeout_s=0)
