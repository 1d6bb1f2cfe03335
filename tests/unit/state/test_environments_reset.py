"""An environment whose processes are gone: it exists, and is not warm."""

from __future__ import annotations

from tests.support.event_builders import EventStream
from workbench.state.environment_words import state_text
from workbench.state.session import Session

LIMIT_S = 900.0


def reset_after_a_timeout() -> tuple[EventStream, Session]:
    stream = EventStream()
    stream.cold_success()
    stream.emit("sandbox.reset", {"reason": "timeout"}, "a81f00")
    session = Session()
    session.apply(stream.events)
    return stream, session


def test_a_reset_environment_exists_and_is_not_warm() -> None:
    stream, session = reset_after_a_timeout()
    environment = session.environments.by_id["a81f00"]
    assert (session.totals.environments, session.totals.environments_warm) == (1, 0)
    assert session.environments.warm_of("thumbnail") == 0
    assert state_text(environment, stream.now_ms, LIMIT_S) == "reset, next invocation initializes again"


def test_the_next_invocation_makes_it_warm_again() -> None:
    stream, session = reset_after_a_timeout()
    stream.assign("again", "a81f00", "warm")
    stream.emit("platform.initStart", {"phase": "invoke"}, "a81f00")
    stream.invoke("again", "a81f00")
    session.apply(stream.events)
    assert session.totals.environments_warm == 1
    assert session.environments.by_id["a81f00"].state == "idle"


def test_nothing_rests_in_the_timeline_while_its_processes_are_gone() -> None:
    stream, session = reset_after_a_timeout()
    stream.wait(5_000)
    timeline = session.timeline
    assert timeline.hit([0], stream.now_ms - (timeline.origin_ms or 0.0) - 1_000, stream.now_ms) is None
    stream.emit("sandbox.stopped", {"reason": "idle"}, "a81f00")
    session.apply(stream.events)
    assert session.totals.environments == 0


def test_an_error_that_the_function_raised_leaves_it_warm() -> None:
    stream, session = EventStream(), Session()
    stream.cold_success()
    stream.assign("r2", "a81f00", "warm")
    stream.emit("platform.start", {"requestId": "r2"}, "a81f00", "r2")
    stream.emit("platform.report", {"requestId": "r2", "status": "error", "errorType": "ValueError",
                                    "metrics": {"durationMs": 1.0, "billedDurationMs": 1, "memorySizeMB": 512,
                                                "maxMemoryUsedMB": 40}}, "a81f00", "r2")
    session.apply(stream.events)
    assert session.totals.environments_warm == 1
