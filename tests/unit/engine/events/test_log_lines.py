from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.events.log_lines import LineSplitter
from workbench.model.quotas import LOG_EVENT_LIMIT_BYTES


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1)), st.randoms())
def test_any_split_gives_the_same_lines(lines: list[str], random: object) -> None:
    data = "".join(line + "\n" for line in lines).encode()
    splitter, got = LineSplitter(), []
    while data:
        cut = random.randint(1, len(data))  # type: ignore[attr-defined]
        got += splitter.feed(data[:cut])
        data = data[cut:]
    assert got + splitter.flush() == lines


def test_carriage_returns_are_line_breaks_inside_one_event() -> None:
    assert LineSplitter().feed(b"[ERROR] E: x\rTraceback\r  at\n\n") == ["[ERROR] E: x\nTraceback\n  at", ""]


def test_a_line_without_end_is_an_event_when_the_invocation_is_over() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"no end") == []
    assert splitter.flush() == ["no end"]
    assert splitter.flush() == []


def test_an_endless_line_is_cut_at_the_largest_log_event() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"x" * (LOG_EVENT_LIMIT_BYTES + 1)) == ["x" * LOG_EVENT_LIMIT_BYTES]
    assert splitter.feed(b"\xff\n") == ["x�"]


def test_a_line_that_is_too_large_is_cut_at_the_same_places_however_it_comes() -> None:
    data = b"x" + "é".encode() * LOG_EVENT_LIMIT_BYTES + b"\n"
    in_one, in_parts = LineSplitter(), LineSplitter()
    expected = in_one.feed(data)
    assert "".join(expected) + "\n" == data.decode()
    assert [len(event.encode()) for event in expected] == [LOG_EVENT_LIMIT_BYTES - 1, LOG_EVENT_LIMIT_BYTES, 2]
    assert [event for at in range(0, len(data), 65_536) for event in in_parts.feed(data[at:at + 65_536])] == expected


def test_a_line_of_exactly_the_limit_is_one_event() -> None:
    assert LineSplitter().feed(b"x" * LOG_EVENT_LIMIT_BYTES + b"\n") == ["x" * LOG_EVENT_LIMIT_BYTES]
