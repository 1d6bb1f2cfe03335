"""The events of an invocation are the same whoever makes them, and whether somebody follows."""

from __future__ import annotations

import pickle
from itertools import accumulate

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.simulated_engine import ListedEvents
from workbench.engine.clock import Clock
from workbench.engine.events.facts import Answered, Assigned, Facts, Origin, Reported, RuntimeDone, Started
from workbench.engine.events.stream import Stream
from workbench.engine.invocation.start_figures import NO_START, StartFigures
from workbench.engine.journal.unmade import Made
from workbench.model.engine_api import FailureLog
from workbench.model.events import StreamEvent
from workbench.model.function import Logging

PLAIN = Origin("orders", "e1", "$LATEST", 512, Logging(), "both")
OFFSET_NS = 1_700_000_000_000_000_000
AT_NS = 5_000_000_000
_ns, _words = st.integers(0, 2**62), st.text(max_size=12)
_origins = st.builds(
    Origin, _words, _words, _words, st.integers(128, 10_240),
    st.builds(Logging, format=st.sampled_from(["Text", "JSON"]), system_level=st.sampled_from(["DEBUG", "INFO", "WARN"])),
    st.sampled_from(["both", "new", "old"]))
_common = _origins, _ns, _ns, _words, _words
_statuses = st.sampled_from(["success", "error", "timeout", "failure"])
_error_types = st.sampled_from(["", "ValueError", "Function.Odd", "Runtime.ExitError", "Sandbox.Timedout"])
_facts = st.one_of(
    st.builds(Assigned, *_common, _words, st.integers(0), st.sampled_from(["cold", "warm"]), _ns,
              st.sampled_from(["process", "isolated"]), st.booleans(), _words, _words, _words, _words),
    st.builds(Started, *_common, _words),
    st.builds(Answered, *_common, _words, st.integers(0), _words, st.booleans()),
    st.builds(RuntimeDone, *_common, _statuses, _error_types, st.integers(0), _ns, _ns, _ns),
    st.builds(Reported, *_common, _statuses, _error_types, _ns, _ns, st.builds(StartFigures, _ns, _ns, _ns),
              st.floats(0, 1e6), _ns))


def stream() -> tuple[Stream, ListedEvents]:
    listed = ListedEvents()
    return Stream(listed, Clock()), listed  # type: ignore[arg-type]


@given(st.lists(_facts, min_size=1, max_size=8))
def test_followers_the_journal_and_another_process_have_the_same_events(told: list[Facts]) -> None:
    (alone, kept), (followed, kept_too) = stream(), stream()
    with followed._outbox() as outbox:
        for facts in told:
            alone.tell(facts)
            followed.tell(facts)
        last, frame = outbox.take()
    assert kept.rows == kept_too.rows
    assert frame == b"[" + b",".join(kept.rows) + b"]"
    assert last == alone.seq == followed.seq == sum(facts.count for facts in told)
    elsewhere, seq = [], 0
    for facts in pickle.loads(pickle.dumps(told)):
        seq += facts.count
        elsewhere += [row[3] for row in facts.rows(seq)]
    assert elsewhere == kept.rows
    events = msgspec.json.decode(frame, type=list[StreamEvent])
    assert [event.seq for event in events] == list(range(1, last + 1))
    assert [event for number, facts in enumerate(told) for event in facts.events(sum(each.count for each in told[:number + 1]))] \
        == events, "what extensions hear"


@given(st.lists(_facts, max_size=8))
def test_they_tell_the_index_what_their_events_would(told: list[Facts]) -> None:
    last = list(accumulate(facts.count for facts in told))
    given = Made((seq, "", "", facts) for seq, facts in zip(last, told, strict=True))
    rows = [row for seq, facts in zip(last, told, strict=True) for row in facts.rows(seq)]
    assert given.rows == rows
    assert given.given == []
    assert given.told == Made(rows).told


@given(_ns, _ns)
def test_their_times_are_the_clocks(offset_ns: int, at_ns: int) -> None:
    clock = Clock(lambda: 0, lambda: offset_ns)
    facts = RuntimeDone(PLAIN, clock.offset_ns, at_ns, "r", "", "success", "", 0, at_ns + 1_000, at_ns + 2_000, at_ns + 3_000)
    [event] = facts.events(1)
    spans = [span["startMs"] for span in event.fields()["spans"]]
    assert [event.time_ms, *spans] == [clock.epoch_ms(at_ns + after_ns) for after_ns in (0, 1_000, 2_000, 3_000)]


@given(_facts)
def test_their_size_is_roughly_that_of_their_rows(facts: Facts) -> None:
    """By it the journal decides when a batch is large and the disk is behind."""
    rows = facts.rows(facts.count)
    assert 0.3 < sum(len(row[3]) for row in rows) / (len(facts) - 200 * (facts.count - 1)) < 3


def test_an_origin_is_sent_to_another_process_once() -> None:
    def sent(count: int) -> int:
        return len(pickle.dumps([Started(PLAIN, OFFSET_NS, AT_NS, f"r{number:04}", "", "trace") for number in range(count)]))

    assert (sent(1_000) - sent(500)) / 500 < 60


def record(facts: Facts) -> dict[str, object]:
    [event] = facts.events(7)
    assert (event.seq, event.request_id, event.function_name, event.environment_id) == (7, "r1", "orders", "e1")
    assert event.time_ms == (OFFSET_NS + AT_NS) / 1e6
    return {"type": event.type, **event.fields()}


COMMON = PLAIN, OFFSET_NS, AT_NS, "r1", ""


def test_what_each_moment_tells() -> None:
    """Source: Lambda guide, "Telemetry API event schema reference"; `model.events` for `sandbox.*`."""
    assigned, payload = Assigned(
        *COMMON, '{"a":1}', 7, "cold", AT_NS - 3_000_000, "process", True, "spillover", "live", "url", "d1").events(2)
    base_ms = (OFFSET_NS + AT_NS) / 1e6
    assert (assigned.seq, assigned.type, payload.seq, payload.type) == (1, "sandbox.assigned", 2, "sandbox.payload")
    assert assigned.fields() == {
        "requestId": "r1", "start": "cold", "receivedMs": base_ms - 3, "sandbox": "process", "debugged": True,
        "concurrency": "spillover", "alias": "live", "version": "$LATEST", "trigger": "url", "deployment": "d1"}
    assert payload.fields() == {"requestId": "r1", "kind": "event", "text": '{"a":1}', "sizeBytes": 7}
    assert record(Started(*COMMON, "Root=1")) == {
        "type": "platform.start", "requestId": "r1", "version": "$LATEST",
        "tracing": {"type": "X-Amzn-Trace-Id", "value": "Root=1"}}
    assert record(Answered(*COMMON, "oh", 2, "Unhandled", True)) == {
        "type": "sandbox.payload", "requestId": "r1", "kind": "result", "text": "oh", "sizeBytes": 2,
        "functionError": "Unhandled", "isFatal": True}
    assert record(RuntimeDone(*COMMON, "error", "Odd", 4, AT_NS - 4_000_000, AT_NS - 2_000_000, AT_NS - 1_000_000)) == {
        "type": "platform.runtimeDone", "requestId": "r1", "status": "error",
        "metrics": {"durationMs": 4.0, "producedBytes": 4}, "errorType": "Runtime.Unknown", "spans": [
            {"name": "responseLatency", "startMs": base_ms - 4, "durationMs": 2.0},
            {"name": "responseDuration", "startMs": base_ms - 2, "durationMs": 1.0},
            {"name": "runtimeOverhead", "startMs": base_ms - 1, "durationMs": 1.0}]}
    assert record(RuntimeDone(*COMMON, "success", "", 4, AT_NS - 4_000_000, 0, 0))["spans"] == []
    assert record(Reported(*COMMON, "success", "", AT_NS - 4_100_000, AT_NS, NO_START, 40.2, 0)) == {
        "type": "platform.report", "requestId": "r1", "status": "success",
        "metrics": {"durationMs": 4.1, "billedDurationMs": 5, "memorySizeMB": 512, "maxMemoryUsedMB": 41}}


def test_the_first_report_tells_of_the_start_and_of_extensions() -> None:
    told = record(Reported(*COMMON, "success", "", AT_NS - 4_000_000, AT_NS, StartFigures(0, 7_000_000, 2_500_000), 1,
                           AT_NS - 1_000_000))
    assert told["spans"] == [{"name": "extensionOverhead", "startMs": (OFFSET_NS + AT_NS) / 1e6 - 1, "durationMs": 1.0}]
    assert told["metrics"] == {
        "durationMs": 4.0, "billedDurationMs": 7, "memorySizeMB": 512, "maxMemoryUsedMB": 1, "restoreDurationMs": 7.0,
        "billedRestoreDurationMs": 3}


@pytest.mark.parametrize(("facts", "has_tenant"), [
    (Started(*COMMON[:4], "blue", "t"), True),
    (Answered(*COMMON[:4], "blue", "", 0, "", False), False),
    (RuntimeDone(*COMMON[:4], "blue", "success", "", 0, 0, 0, 0), True),
    (Reported(*COMMON[:4], "blue", "success", "", 0, 0, NO_START, 0, 0), True)])
def test_the_platforms_events_name_the_tenant(facts: Facts, has_tenant: bool) -> None:
    assert record(facts).get("tenantId") == ("blue" if has_tenant else None)


@pytest.mark.parametrize(("logging", "failure_log", "form"), [
    (Logging(), "new", "text-new"), (Logging(format="JSON"), "both", "json"),
    (Logging(format="JSON", system_level="WARN"), "both", "none")])
def test_the_log_has_the_form_that_the_function_asks_for(logging: Logging, failure_log: FailureLog, form: str) -> None:
    origin = Origin("orders", "e1", "$LATEST", 512, logging, failure_log)
    [event] = Started(origin, *COMMON[1:], "trace").events(1)
    assert event.log == form
