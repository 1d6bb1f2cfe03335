"""Stream events on the wire: member names, what is left out, and times."""

from __future__ import annotations

import msgspec
import pytest

from workbench.model.events import StreamEvent, iso_time


def test_an_event_on_the_wire_has_camel_case_and_no_empty_members() -> None:
    event = StreamEvent(seq=1, time_ms=1000.25, type="platform.start", request_id="r", record={"requestId": "r"})
    assert msgspec.json.decode(msgspec.json.encode(event)) == {
        "seq": 1, "timeMs": 1000.25, "type": "platform.start", "requestId": "r", "record": {"requestId": "r"}}


@pytest.mark.parametrize("record", ["a line\n", {"durationMs": 1.5, "nested": {"a": [1]}}])
def test_an_event_comes_back_as_it_went(record: str | dict[str, object]) -> None:
    event = StreamEvent(seq=2, time_ms=0.0, type="function", function_name="f", environment_id="e", record=record)
    assert msgspec.json.decode(msgspec.json.encode(event), type=StreamEvent) == event


def test_the_fields_of_a_log_line_are_a_mistake() -> None:
    assert StreamEvent(seq=1, time_ms=0, type="sandbox.created", record={"durationMs": 14}).fields() == {"durationMs": 14}
    with pytest.raises(AssertionError):
        StreamEvent(seq=1, time_ms=0, type="function", record="text").fields()


@pytest.mark.parametrize(("time_ms", "text"), [
    (0, "1970-01-01T00:00:00.000Z"),
    (1793873472123, "2026-11-05T10:11:12.123Z"),
    (1793873472007.9, "2026-11-05T10:11:12.007Z"),
])
def test_iso_time_is_cut_to_milliseconds(time_ms: float, text: str) -> None:
    assert iso_time(time_ms) == text
