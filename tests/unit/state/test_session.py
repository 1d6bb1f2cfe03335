from __future__ import annotations

import itertools
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.event_builders import EventStream, busy_session
from workbench.model.events import StreamEvent
from workbench.model.prices import decode_prices
from workbench.resource_files import resource_path
from workbench.state.costs import Pricing
from workbench.state.history import MOST_RECALLED
from workbench.state.invocation import Invocation, fold_invocation
from workbench.state.sequence import Gap
from workbench.state.session import Session, Topic


def pricing() -> Pricing:
    return Pricing(decode_prices(resource_path("prices/lambda.json").read_bytes()).table("us-east-1"))


def every_kind() -> list[StreamEvent]:
    stream = EventStream()
    stream.cold_success()
    stream.warm_success()
    stream.raised()
    stream.cancelled()
    stream.init_again()
    stream.timeout()
    stream.crash()
    stream.out_of_memory()
    return stream.init_failure()


def picture(session: Session) -> tuple[object, ...]:
    spans = session.timeline.spans
    return (
        [invocation.document() for invocation in session.history],
        [session.logs.entry(place) for place in range(session.logs.begin, session.logs.end)],
        [spans.start_ms.tolist(), np.nan_to_num(spans.end_ms, nan=-1).tolist(), spans.kind.tolist(), spans.row.tolist()],
        session.totals,
        session.sequence.gaps,
        session.environments.by_id,
    )


EVENTS = every_kind()


@given(st.lists(st.integers(0, len(EVENTS)), max_size=12), st.booleans())
def test_any_split_into_batches_gives_the_same_state(cuts: list[int], repeat: bool):
    whole, parts = Session(pricing()), Session(pricing())
    whole.apply(EVENTS)
    bounds = [0, *sorted(cuts), len(EVENTS)]
    for first, last in itertools.pairwise(bounds):
        parts.apply(EVENTS[first:last])
        if repeat:
            parts.apply(EVENTS[max(first - 3, 0):last])

    assert picture(parts) == picture(whole)


def test_a_session_tells_of_each_invocation_what_a_fold_of_its_own_events_tells():
    session = Session()
    session.apply(EVENTS)

    assert len(session.history) == 9
    for invocation in session.history:
        assert invocation.document() == fold_invocation(EVENTS, invocation.request_id).document()


def test_totals_count_what_was_reported():
    session = Session(pricing())
    session.apply(EVENTS)

    totals = session.totals
    assert (totals.invocations, totals.canceled, totals.errors, totals.cold_starts) == (8, 1, 5, 5), "the canceled one is neither"
    assert (totals.environments, totals.environments_warm, totals.environments_busy) == (1, 1, 0)
    assert totals.usd == sum((i.cost.usd for i in session.history if not i.was_cancelled), Decimal(0))


def test_an_invocation_that_is_canceled_before_it_begins_is_counted_as_canceled():
    stream = EventStream()
    stream.assign("r-early", "e9", "cold")
    stream.emit("sandbox.stopped", {"reason": "cancelled"}, "e9", "r-early")
    session = Session(pricing())
    assert Topic.COSTS in session.apply(stream.events)
    assert (session.totals.invocations, session.totals.canceled, session.totals.usd) == (0, 1, 0)
    session.apply(stream.events)
    assert session.totals.canceled == 1
    later = Session(pricing(), since_ms=stream.now_ms + 1)
    later.apply(stream.events)
    assert later.totals.canceled == 0, "it was before this session"


def test_debugged_invocations_are_shown_and_in_no_total():
    stream = EventStream()
    stream.cold_success()
    stream.assign("r-debugged", "e1", "warm")
    stream.events[-2].record["debugged"] = True
    stream.emit("platform.report", {
        "requestId": "r-debugged", "status": "success",
        "metrics": {"durationMs": 60_000.0, "billedDurationMs": 60_000, "memorySizeMB": 512, "maxMemoryUsedMB": 40},
    }, "e1", "r-debugged")
    session = Session(pricing())
    session.apply(stream.events)
    counted, debugged = session.history
    assert (counted.is_debugged, debugged.is_debugged) == (False, True)
    assert debugged.cost is not None
    assert session.costs.total.billed_ms == counted.metrics.billed_duration_ms
    assert session.totals.usd == counted.cost.usd
    assert (session.totals.invocations, session.costs.total.invocations) == (2, 1)


def test_a_cold_start_of_512_mb_billed_246_ms_costs_what_the_price_list_says():
    session = Session(pricing())
    session.apply(EventStream().cold_success())

    assert session.totals.usd == Decimal("0.0000002") + Decimal("0.123") * Decimal("0.0000166667")


def test_what_runs_on_provisioned_concurrency_costs_its_lower_price():
    stream = EventStream()
    stream.warm_success()
    stream.events[0].record["concurrency"] = "provisioned"
    session = Session(pricing())
    session.apply(stream.events)
    [invocation] = session.history
    gb_s = Decimal(invocation.metrics.billed_duration_ms) / 1_000 / 2
    assert session.totals.usd == Decimal("0.0000002") + gb_s * Decimal("0.0000097222")


def test_an_environment_is_busy_from_start_to_report():
    session = Session()
    busy = []
    for event in EventStream().cold_success():
        session.apply([event])
        busy.append((event.type, session.totals.environments_busy))

    assert [kind for kind, count in busy if count] == ["platform.start", "function", "sandbox.payload", "platform.runtimeDone"]


def test_topics_name_what_changed():
    stream = EventStream()
    stream.cold_success()
    session = Session()
    session.apply(stream.events[:-1])

    assert session.apply(stream.events[-1:]) == {
        Topic.LOGS, Topic.INVOCATIONS, Topic.ENVIRONMENTS, Topic.COSTS, Topic.TIMELINE, Topic.CONCURRENCY,
    }
    assert session.apply(stream.events) == set()


def test_a_jump_in_the_numbers_is_a_gap_until_it_is_filled():
    events = EventStream().cold_success()
    session = Session()

    topics = session.apply([*events[:4], *events[7:]])
    assert session.sequence.gaps == [Gap(5, 7)]
    assert Topic.STREAM in topics
    session.apply([events[5]])
    assert session.sequence.gaps == [Gap(5, 5), Gap(7, 7)]
    session.apply(events)
    assert session.sequence.gaps == []


def test_elided_lines_are_no_gap_and_have_places_in_the_log():
    events = EventStream().cold_success()
    record = {"first": len(events) + 1, "last": 1_010, "count": 990}
    elided = StreamEvent(seq=1_010, time_ms=0, type="sandbox.elided", record=record)
    session = Session()
    session.apply([*events, elided])

    assert session.sequence.gaps == []
    before = Session()
    before.apply(events)
    assert session.logs.end - before.logs.end == 1_010 - len(events)
    assert session.logs.entry(session.logs.end - 1) is None


def test_a_sandbox_that_stops_ends_the_invocation_in_it():
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.create("e")
    stream.stop("e", "cancelled")
    session = Session()
    session.apply(stream.events)

    assert (session.history.get("r").status, session.history.get("r").stop_reason) == ("error", "cancelled")


def test_the_engines_clock_is_told_from_ours():
    events = busy_session()
    session = Session()
    session.apply(events, now_ms=events[-1].time_ms + 5_000)

    assert session.engine_now_ms(events[-1].time_ms + 5_250) == events[-1].time_ms + 250


def test_the_latest_cold_start_is_one_whose_init_is_known():
    session = Session()
    session.apply(busy_session())

    assert session.last_cold_start().environment_id == "9be222"


def test_init_inside_an_invocation_leaves_the_environment_busy():
    stream = EventStream()
    stream.cold_success()
    stream.cancelled()
    before = len(stream.events)
    stream.init_again()
    session = Session()
    session.apply(stream.events[:before])
    states = []
    for event in stream.events[before:]:
        session.apply([event])
        states.append((event.type, session.environments.by_id["a81f00"].state))

    assert dict(states)["platform.initReport"] == "busy"
    assert states[-1] == ("platform.report", "idle")


def test_a_failed_init_leaves_no_warm_environment():
    stream = EventStream()
    stream.assign("r", "e", "cold")
    stream.create("e")
    stream.init("e", error_type="Runtime.ImportModuleError")
    session = Session()
    session.apply(stream.events)

    assert (session.totals.environments, session.totals.environments_warm) == (1, 0)


def test_progress_is_shown_until_an_environment_is_assigned():
    stream = EventStream()
    stream.emit("sandbox.progress", {"stage": "pull", "text": "Pulling python:3.12", "fraction": 0.4}, request_id="r")
    session = Session()
    assert Topic.PROGRESS in session.apply(stream.events)
    assert (session.progress.text, session.progress.fraction, session.progress.request_id) == ("Pulling python:3.12", 0.4, "r")
    stream.assign("r", "e", "cold")
    session.apply(stream.events)

    assert session.progress is None


def test_invocations_from_before_the_session_are_shown_and_not_counted():
    stream = EventStream()
    stream.cold_success()
    session = Session(pricing(), since_ms=stream.now_ms)
    session.apply(stream.warm_success())

    assert [invocation.cost is not None for invocation in session.history] == [True, True]
    assert session.totals.invocations == 1


def test_a_function_that_the_api_changed_is_the_only_news_of_its_event() -> None:
    stream, session = EventStream(), Session(pricing())
    stream.emit("sandbox.functionChanged", {})
    stream.emit("sandbox.partsChanged", {})
    assert session.apply(stream.events) == {Topic.FUNCTIONS, Topic.PARTS}
    assert not session.apply(stream.events)


def test_an_earlier_invocation_is_found_by_its_id_priced_and_not_listed_until_it_runs_again() -> None:
    stream = EventStream()
    stream.cold_success()
    events = stream.warm_success()
    earlier = [invocation.request_id for invocation in _session_of(events).history]
    session = Session(pricing())
    for request_id in earlier:
        invocation = fold_invocation(events, request_id)
        session.price(invocation)
        session.history.recall(invocation)
    assert (len(session.history), session.history.newest(), session.totals.invocations) == (0, None, 0)
    for request_id in earlier:
        found, known = session.history.get(request_id), _session_of(events).history.get(request_id)
        assert found is not None
        assert known is not None
        assert found.document() == known.document()
    session.apply(events)
    assert [invocation.request_id for invocation in session.history] == earlier
    for number in range(MOST_RECALLED):
        session.history.recall(Invocation(request_id=str(number)))
    assert session.history.get("0") is not None
    session.history.recall(Invocation(request_id="one more"))
    assert session.history.get("0") is None


def _session_of(events: list[StreamEvent]) -> Session:
    session = Session(pricing())
    session.apply(events)
    return session
