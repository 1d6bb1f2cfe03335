"""Which functions are debugged: what the engine says, what the stream says after it, and what ends both."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.event_builders import EventStream
from workbench.model.engine_api import DebuggedFunction
from workbench.model.events import StreamEvent
from workbench.state.advice import advice
from workbench.state.debugging import Debugging, debugger_of, debugging_text
from workbench.state.session import Session, Topic


def told(stream: EventStream, state: str, environment_id: str = "") -> StreamEvent:
    stream.emit("sandbox.debugger", {"state": state, "port": 49321}, environment_id)
    return stream.events[-1]


def debugged(name: str = "thumbnail", **state: bool) -> DebuggedFunction:
    return DebuggedFunction(
        function_name=name, port=49321, language="python", sandbox="process", local_root="/a", remote_root="/a", **state)


@pytest.fixture
def stream() -> EventStream:
    return EventStream()


@pytest.fixture
def debugging() -> Debugging:
    begun = Debugging()
    begun.begin([], 0)
    return begun


def test_from_listening_to_off(stream: EventStream, debugging: Debugging) -> None:
    stages = []
    stream.emit("sandbox.assigned", {"requestId": "r"}, "e", "r")
    debugging.apply(stream.events[-1])
    for state in ("listening", "waiting", "attached", "stopped", "running", "detached"):
        assert debugging.apply(told(stream, state, "e"))
        stages.append(debugging.stage_of("thumbnail"))
    assert stages == ["listening", "waiting", "attached", "stopped", "running", "listening"]
    assert debugging.by_name["thumbnail"].address == "127.0.0.1:49321"
    debugging.apply(told(stream, "off"))
    assert debugging.by_name == {}


def test_the_journal_of_earlier_engines_says_nothing(stream: EventStream) -> None:
    debugging = Debugging()
    assert not debugging.apply(told(stream, "listening"))
    debugging.begin([debugged("other")], 2)
    assert not debugging.apply(told(stream, "listening"))
    assert list(debugging.by_name) == ["other"]
    assert debugging.apply(told(stream, "listening"))
    debugging.end()
    assert debugging.by_name == {}
    assert not debugging.apply(told(stream, "attached"))


@pytest.mark.parametrize(("one", "stage"), [
    (debugged(), "listening"), (debugged(waiting=True), "waiting"), (debugged(attached=True), "attached"),
    (debugged(attached=True, stopped=True), "stopped"),
])
def test_what_the_engine_says_at_the_beginning(one: DebuggedFunction, stage: str) -> None:
    debugging = Debugging()
    debugging.begin([one], 0)
    assert debugging.stage_of("thumbnail") == stage


def test_it_is_running_until_the_report(stream: EventStream, debugging: Debugging) -> None:
    stream.emit("sandbox.assigned", {"requestId": "r"}, "e", "r")
    debugging.apply(stream.events[-1])
    debugging.apply(told(stream, "running", "e"))
    stream.emit("platform.report", {"requestId": "r"}, "e", "r")
    assert debugging.apply(stream.events[-1])
    assert debugging.stage_of("thumbnail") == "attached"


def test_a_debugger_that_tells_after_the_report_is_attached(stream: EventStream, debugging: Debugging) -> None:
    stream.emit("sandbox.assigned", {"requestId": "r"}, "e", "r")
    debugging.apply(stream.events[-1])
    debugging.apply(told(stream, "stopped", "e"))
    stream.emit("platform.report", {"requestId": "r"}, "e", "r")
    debugging.apply(stream.events[-1])
    debugging.apply(told(stream, "running", "e"))
    assert debugging.stage_of("thumbnail") == "attached"


@pytest.mark.parametrize("ending", ["sandbox.stopped", "sandbox.reset"])
def test_what_waits_ends_with_its_own_sandbox(stream: EventStream, debugging: Debugging, ending: str) -> None:
    debugging.apply(told(stream, "waiting", "e"))
    stream.emit(ending, {"reason": "cancelled"}, "another")
    assert not debugging.apply(stream.events[-1])
    stream.emit(ending, {"reason": "cancelled"}, "e")
    assert debugging.apply(stream.events[-1])
    assert debugging.stage_of("thumbnail") == "listening"


def test_switching_on_shows_progress_and_ends_with_the_answer_or_a_refusal(stream: EventStream, debugging: Debugging) -> None:
    debugging.switching("thumbnail")
    stream.emit("sandbox.progress", {"stage": "dependencies", "text": "Installing debugpy"})
    assert debugging.apply(stream.events[-1])
    assert debugging_text(debugging.by_name["thumbnail"], "") == "thumbnail: Installing debugpy…"
    debugging.answered(debugged())
    debugging.refused("thumbnail")
    assert debugging.stage_of("thumbnail") == "listening"
    debugging.switching("other")
    debugging.refused("other")
    assert debugging.stage_of("other") is None


def test_an_answer_that_comes_after_newer_events_is_old(stream: EventStream, debugging: Debugging) -> None:
    debugging.switching("thumbnail")
    debugging.apply(told(stream, "listening"))
    debugging.apply(told(stream, "waiting", "e"))
    debugging.answered(debugged())
    assert debugging.stage_of("thumbnail") == "waiting"


def test_words_name_the_place_and_the_protocol(stream: EventStream, debugging: Debugging) -> None:
    debugging.apply(told(stream, "waiting", "e"))
    text = debugging_text(debugging.by_name["thumbnail"], debugger_of("python3.12"))
    assert text.startswith("thumbnail is waiting for a debugger at 127.0.0.1:49321 (Python, debugpy).")
    assert debugger_of("nodejs22.x") == "Node.js, inspector"
    assert debugger_of("ruby3.4") == debugger_of("") == ""


def test_a_start_that_a_debugger_held_is_not_judged(stream: EventStream) -> None:
    stream.cold_success()
    creating = next(number for number, event in enumerate(stream.events) if event.type == "sandbox.creating")
    waiting = EventStream()
    told(waiting, "waiting", stream.events[creating].environment_id)
    session = Session()
    session.apply([*stream.events[:creating + 1], *renumbered(waiting.events[0], stream.events[creating + 1:])])
    invocation = session.history.newest()
    assert invocation is not None
    assert advice(invocation).startswith("A debugger held up this start")


def renumbered(inserted: StreamEvent, events: list[StreamEvent]) -> list[StreamEvent]:
    first = events[0].seq
    return [msgspec.structs.replace(event, seq=first + number) for number, event in enumerate([inserted, *events])]


def test_the_session_tells_its_panels(stream: EventStream) -> None:
    session = Session()
    session.debugging.begin([], 0)
    told(stream, "listening")
    stream.emit("sandbox.progress", {"stage": "pull", "text": "Fetching"})
    assert Topic.DEBUGGING in session.apply(stream.events[:1])
    assert Topic.DEBUGGING not in session.apply(stream.events[1:])
