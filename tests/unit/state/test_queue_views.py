"""What the window shows of the queue and the inbox: rows of which only a part is here, words, the life of an event."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.support.event_builders import EventStream
from workbench.model.inbox import InboxMessage, MessageAttribute
from workbench.model.queue import EndedEventInfo, QueueClockInfo, QueuedEventInfo, QueueInfo
from workbench.state.inbox_rows import InboxRows
from workbench.state.life_moments import life_moments, sentence
from workbench.state.queue_rows import PART, QueueRows
from workbench.state.queue_words import age_text, attempt_text, next_text, span_text, state_look, why_text
from workbench.state.queued_life import fold_life
from workbench.state.session import Session, Topic

NOON_MS = 1_792_000_000_000


def waiting(number: int, **changes: Any) -> QueuedEventInfo:
    usual: dict[str, Any] = {
        "event_id": number, "request_id": f"r-{number}", "function_name": "F", "qualifier": "", "state": "waiting",
        "accepted_ms": NOON_MS, "due_ms": NOON_MS, "clock_ms": NOON_MS, "attempts": 0, "why": "", "payload": "{}",
        "payload_bytes": 2}
    return QueuedEventInfo(**{**usual, **changes})


def ended(number: int, condition: str = "Success", **changes: Any) -> EndedEventInfo:
    usual: dict[str, Any] = {
        "event_id": number, "request_id": f"r-{number}", "function_name": "F", "qualifier": "", "condition": condition,
        "accepted_ms": NOON_MS, "ended_ms": NOON_MS + 180_000, "attempts": 3, "why": "", "payload": "{}", "payload_bytes": 2}
    return EndedEventInfo(**{**usual, **changes})


def clocks(*held: str) -> tuple[QueueClockInfo, ...]:
    return tuple(QueueClockInfo(function_name=name, is_held=name in held, now_ms=NOON_MS, ahead_ms=0) for name in ("", "F"))


def info(total: int, offset: int, *, held: tuple[str, ...] = ()) -> QueueInfo:
    """What the engine answers for a part of a queue in which event N is the Nth."""
    events = tuple(waiting(number + 1) for number in range(offset, min(offset + PART, total)))
    return QueueInfo(waiting=total, asked=0, clocks=clocks(*held), events=events, ended=(ended(900_001), ended(900_000)))


def test_only_a_part_of_a_long_queue_is_here() -> None:
    rows = QueueRows()
    rows.take(info(100_000, 0), 0, 0.0)
    assert rows.count == 100_002
    assert (rows.position(3), rows.position(50_000), rows.position(900_000)) == (2, -1, 100_001)
    assert rows.row(60_000) is None
    assert rows.has(0, 30)
    assert not rows.has(60_000, 60_030)
    offset = rows.part_for(60_000, 60_030)
    assert 59_800 < offset < 60_000
    rows.take(info(100_000, offset), offset, 0.0)
    assert rows.has(60_000, 60_030)
    row = rows.row(60_000)
    assert row is not None
    assert row.event_id == 60_001
    assert rows.part_for(60_010, 60_040) == offset, "what is near is here already"
    assert rows.part_for(99_990, 100_001) == 100_000 - PART
    rows.take(info(10, 0), 0, 0.0)
    assert rows.part_for(60_000, 60_030) == 0, "the queue has become short meanwhile"


def test_rows_are_all_or_those_in_the_queue_or_those_that_ended() -> None:
    rows = QueueRows()
    rows.take(msgspec.structs.replace(info(2, 0), settled=0), 0, 0.0)
    numbers = {}
    for shown in ("all", "waiting", "ended"):
        rows.shown = shown
        numbers[shown] = [row.event_id for row in map(rows.row, range(rows.count)) if row is not None]
    assert numbers == {"all": [1, 2, 900_001, 900_000], "waiting": [1, 2], "ended": [900_001, 900_000]}
    assert rows.position(1) == -1
    rows.take_counts(QueueInfo(waiting=5, asked=0, clocks=()), 0.0)
    assert (rows.info.waiting, len(rows.info.events), rows.find("r-900000")) == (5, 2, ended(900_000)), "the list stays"
    assert rows.find("r-900000") == ended(900_000)


def test_time_goes_on_for_clocks_that_are_not_held() -> None:
    rows = QueueRows()
    rows.take(info(1, 0, held=("F",)), 0, 100.0)
    assert rows.since_answer_ms("F", 102.5) == 0
    assert rows.since_answer_ms("Other", 102.5) == 2_500
    assert QueueRows().clock_of("F") is None


@pytest.mark.parametrize(("event", "state", "attempt", "comes"), [
    (waiting(1), "waiting", "1 of 3", "due"),
    (waiting(1, state="running", attempts=1), "running", "2 of 3", "now"),
    (waiting(1, attempts=1, why="The function failed: no", due_ms=NOON_MS + 60_000), "retrying", "2 of 3", "in 59 s"),
    (waiting(1, why="TooManyRequestsException: …", due_ms=NOON_MS + 2_000), "retrying", "1 of 3", "in 1 s"),
    (waiting(1, state="asked"), "waits for you", "1 of 3", "asks first"),
    (waiting(1, state="settled", attempts=3, why="RetriesExhausted"), "delivering", "3 of 3", "–"),
    (ended(1, "RetriesExhausted"), "RetriesExhausted", "3 made", "–"),
    (ended(1, "ZeroReservedConcurrency", attempts=0), "ZeroReservedConcurrency", "none", "–"),
])
def test_words_of_an_event(event: QueuedEventInfo | EndedEventInfo, state: str, attempt: str, comes: str) -> None:
    assert (state_look(event).word, attempt_text(event), next_text(event, 1_000)) == (state, attempt, comes)


def test_ages_and_reasons() -> None:
    assert age_text(waiting(1, clock_ms=NOON_MS + 400), 0) == "0.4 s"
    assert age_text(ended(1), 99_000) == "3 min"
    assert [span_text(ms) for ms in (-5, 2_000, 42_900, 125_000, 5_400_000)] == ["0 s", "2 s", "42 s", "2 min 5 s", "1 h 30 min"]


def test_what_counts_keeps_its_width():
    """An age was 2.9 s, 3 s and 3.1 s."""
    counted = [span_text(ms) for ms in range(0, 10_000, 100)]
    assert {len(text) for text in counted[1:10]} == {5}
    assert {len(text) for text in counted[10:]} == {3}
    assert counted[9:11] + counted[29:31] == ["0.9 s", "1 s", "2 s", "3 s"]
    assert why_text(ended(1, "EventAgeExceeded")) == "Its next attempt would have come after its maximum age."
    assert why_text(ended(1, "RetriesExhausted", why="no")) == "no"


def life_of_a_dead_letter() -> EventStream:
    stream = EventStream("F")

    def told(what: str, **record: Any) -> None:
        stream.emit(f"sandbox.{what}", {"eventId": 7, **record} if what.startswith("queue") else record, request_id="r")

    told("queueAccepted", qualifier="live", acceptedMs=NOON_MS)
    for number, age_ms in ((1, 0), (2, 60_000), (3, 180_000)):
        told("queueAttempt", attempt=number, ageMs=age_ms)
        document = f'{{"errorMessage": "no {number}", "errorType": "Error"}}'
        stream.emit("sandbox.payload", {"requestId": "r", "kind": "result", "text": document, "functionError": "Unhandled"},
                    "env", "r")
        if number < 3:
            told("queueScheduled", dueMs=NOON_MS + age_ms + 60_000 * number, inMs=0, attempts=number, why=f"failed {number}")
    told("queueSettled", condition="RetriesExhausted", attempts=3, settledMs=NOON_MS + 180_000)
    told("delivered", kind="dead-letter", target="arn:aws:sqs:us-east-1:123456789012:q", place="inbox")
    return stream


def test_the_life_of_a_dead_letter() -> None:
    events = life_of_a_dead_letter().events
    life = fold_life(events, 7)
    assert (life.qualifier, life.condition, life.due_ms) == ("live", "RetriesExhausted", None)
    assert [(each.number, each.outcome, each.why) for each in life.attempts] == [
        (1, "failed", "failed 1"), (2, "failed", "failed 2"), (3, "failed", "no 3")]
    moments = life_moments(life)
    assert [(moment.label, moment.note, moment.at_ms - NOON_MS) for moment in moments] == [
        ("accepted", "202", 0), ("attempt 1", "failed", 0), ("attempt 2", "failed", 60_000), ("attempt 3", "failed", 180_000),
        ("ended", "RetriesExhausted", 180_000), ("dead letter", "in the inbox", 180_000)]
    assert sentence(moments) == (
        "accepted 202, attempt 1 failed, after 1 min: attempt 2 failed, after 2 min: attempt 3 failed, "
        "ended RetriesExhausted, dead letter in the inbox")
    assert life_moments(fold_life(events, 8)) == [], "another event of the same request"


def test_what_is_ahead_is_a_moment_too() -> None:
    events = life_of_a_dead_letter().events
    after_one = [event for event in events if event.seq <= 4]
    moment = life_moments(fold_life(after_one, 7), NOON_MS + 18_000)[-1]
    assert (moment.label, moment.note, moment.is_ahead) == ("attempt 2", "in 42 s", True)
    running = life_moments(fold_life(events[:5], 7))[-1]
    assert (running.label, running.note) == ("attempt 2", "running")


def test_refusals_are_one_moment_and_sending_again_begins_a_new_line() -> None:
    stream = EventStream("F")

    def told(what: str, **record: Any) -> None:
        stream.emit(f"sandbox.queue{what}", {"eventId": 7, **record}, request_id="r")

    told("Accepted", qualifier="", acceptedMs=NOON_MS)
    for place in range(5):
        told("Attempt", attempt=1, ageMs=1_000 * place)
        told("Scheduled", dueMs=NOON_MS, inMs=0, attempts=0, why="TooManyRequestsException")
    told("Attempt", attempt=1, ageMs=9_000)
    told("Dropped", attempts=0, why="It was dropped by hand.", droppedMs=NOON_MS + 10_000)
    moments = life_moments(fold_life(stream.events, 7))
    assert [(moment.label, moment.note) for moment in moments] == [
        ("accepted", "202"), ("attempt 1", "refused × 5"), ("attempt 1", "given up"), ("ended", "Dropped")]
    told("Accepted", qualifier="", acceptedMs=NOON_MS + 20_000)
    assert [moment.label for moment in life_moments(fold_life(stream.events, 7))] == ["accepted", "attempt 1"]


def test_events_of_the_queue_are_topics() -> None:
    session, stream = Session(), life_of_a_dead_letter()
    assert session.apply(stream.events[:2]) == {Topic.QUEUED}
    assert session.apply(stream.events[-1:]) == {Topic.QUEUED, Topic.INBOX, Topic.STREAM}  # and a gap before it


def message(number: int, kind: str = "failure", body: str = '{"requestContext": {"condition": "RetriesExhausted"}}',
            **changes: Any) -> InboxMessage:
    return InboxMessage(id=number, time_ms=NOON_MS, kind=kind, target="arn:aws:sqs:us-east-1:123456789012:q",  # type: ignore[arg-type]
                        function_arn="", function_name="F", request_id="r", body=body, **changes)


def test_messages_come_at_the_top_and_earlier_ones_at_the_end() -> None:
    rows = InboxRows()
    rows.take_newest([message(9), message(8)])
    rows.take_older([message(7), message(6)])
    rows.take_newest([message(10), message(9)])
    assert [row.id for row in rows.rows] == [10, 9, 8, 7, 6]
    assert (rows.newest, rows.oldest, rows.count_above(8), rows.is_whole) == (10, 6, 2, False)
    rows.take_older([])
    assert rows.is_whole
    rows.take_newest([message(300), message(299)])
    assert [row.id for row in rows.rows] == [300, 299], "others are in between"
    rows.take_newest([])
    assert (rows.rows, rows.is_whole) == ([], True)


@pytest.mark.parametrize(("given", "condition"), [
    (message(1), "RetriesExhausted"),
    (message(1, "success", '{"requestContext": {"condition": "Success"}}'), "Success"),
    (message(1, "dead-letter", "{}", attributes={"ErrorMessage": MessageAttribute("String", "no")}), "no"),
    (message(1, "dead-letter", "{}"), ""),
    (message(1, body="no JSON"), ""),
    (message(1, body="[]"), ""),
])
def test_the_condition_of_a_message(given: InboxMessage, condition: str) -> None:
    rows = InboxRows()
    rows.take_newest([given])
    assert rows.rows[0].condition == condition
