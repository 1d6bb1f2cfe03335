from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.event_builders import EPOCH_MS, busy_session
from workbench.model.events import StreamEvent
from workbench.state.log_text import LINE_LIMIT_BYTES, StyledText, StyleSpan, display_lines, record_text
from workbench.state.logs import LineKind, LogFilter, LogRing, LogView, append_event
from workbench.state.session import Session


def line(text: str, function_name: str = "f", request_id: str = "r") -> StreamEvent:
    return StreamEvent(seq=1, time_ms=EPOCH_MS, type="function", function_name=function_name, request_id=request_id, record=text)


def ring_of(*texts: str, capacity: int = 100) -> LogRing:
    ring = LogRing(capacity)
    for text in texts:
        append_event(ring, line(text), ())
    return ring


def texts(view: LogView) -> list[str]:
    return [view.row(position).text for position in range(len(view))]


def test_a_full_ring_drops_a_tenth_and_keeps_numbers():
    ring = ring_of(*map(str, range(101)))

    assert (len(ring), ring.first, ring.end) == (90, 11, 101)
    assert ring.row(11).text == "11"
    with pytest.raises(IndexError):
        ring.row(10)


def test_ansi_colors_become_spans():
    assert display_lines("a \x1b[1;31mred\x1b[0m b\x1b[K") == [StyledText("a red b", (StyleSpan(2, 5, 1, True),))]


def test_bright_and_extended_colors():
    (item,) = display_lines("\x1b[94mblue\x1b[39m \x1b[38;5;9mindexed")

    assert item == StyledText("blue indexed", (StyleSpan(0, 4, 12, False),))


def test_control_characters_go_and_tabs_become_spaces():
    assert display_lines("a\x00\x07b\tc\x9b") == [StyledText("ab  c", ())]


def test_tracebacks_joined_by_carriage_returns_are_lines_again():
    items = display_lines("[ERROR] boom\rTraceback\r\n  frame\nlast")

    assert [item.text for item in items] == ["[ERROR] boom", "Traceback", "  frame", "last"]


def test_an_endless_line_is_cut():
    (item,) = display_lines("é" * LINE_LIMIT_BYTES)

    assert item.text.startswith("é" * 100)
    assert item.text.endswith("(line cut at 16 KiB)")
    assert len(item.text) < LINE_LIMIT_BYTES


@given(st.text())
def test_shown_text_is_free_of_control_characters(text: str):
    for item in display_lines(text):
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in item.text)
        assert all(0 <= span.start < span.end <= len(item.text) for span in item.spans)


def test_json_records_are_one_line():
    assert record_text({"level": "INFO", "message": "hé"}) == '{"level":"INFO","message":"hé"}'
    assert record_text("  text \n") == "  text "


@pytest.mark.parametrize(("text", "kind"), [
    ("[ERROR] ValueError: boom", LineKind.ERROR),
    ("[WARNING]\t2026-11-05T10:11:12.123Z\tr\tlow", LineKind.WARNING),
    ('{"level":"ERROR","message":"x"}', LineKind.ERROR),
    ("2026-11-05T10:11:12.345Z\tr\tERROR\tInvoke Error", LineKind.ERROR),
    ("no ERROR here", LineKind.FUNCTION),
])
def test_levels_are_read_from_the_head_of_a_line(text: str, kind: LineKind):
    ring = ring_of(text)

    assert ring.row(0).kind is kind


def test_a_view_follows_the_ring_through_trims():
    ring = LogRing(100)
    view = LogView(ring)
    for number in range(250):
        append_event(ring, line(str(number)), ())
        if number % 7 == 0:
            view.advance()
    view.advance()

    assert texts(view) == [ring.row(number).text for number in range(ring.first, ring.end)]
    assert texts(view)[-1] == "249"


@given(st.lists(st.sampled_from(["Alpha", "beta", "ALPHA beta", "gamma"]), max_size=60), st.integers(1, 9))
def test_filtering_as_lines_come_equals_filtering_at_the_end(lines: list[str], step: int):
    ring = LogRing(20)
    growing = LogView(ring)
    growing.set_filter(LogFilter(text="alpha"))
    for number, text in enumerate(lines):
        append_event(ring, line(text), ())
        if number % step == 0:
            growing.advance()
    growing.advance()
    late = LogView(ring)
    late.set_filter(LogFilter(text="Alpha"))

    assert texts(growing) == texts(late)


def test_a_view_filters_by_function_and_request():
    ring = LogRing()
    append_event(ring, line("one", "f", "r-1"), ())
    append_event(ring, line("two", "g", "r-2"), ())
    view = LogView(ring)

    view.set_filter(LogFilter(function_name="g"))
    assert texts(view) == ["two"]
    view.set_filter(LogFilter(request_id="r-1"))
    assert texts(view) == ["one"]


def test_advance_says_what_went_and_what_came():
    ring = LogRing(10)
    view = LogView(ring)
    for number in range(10):
        append_event(ring, line(str(number)), ())

    assert view.advance() == (0, 10)
    append_event(ring, line("10"), ())
    assert view.advance() == (2, 1)


def test_platform_lines_and_lines_of_the_function_stand_in_order():
    session = Session()
    session.apply(busy_session())
    rows = [session.logs.row(number) for number in range(session.logs.end)]

    assert [row.text.split(" ")[0] for row in rows[:5]] == ["INIT_START", "START", "resizing", "END", "REPORT"]
    assert [row.kind for row in rows[:3]] == [LineKind.PLATFORM, LineKind.PLATFORM, LineKind.FUNCTION]
    assert any(row.text.endswith("Runtime exited with error: exit status 1") for row in rows)
