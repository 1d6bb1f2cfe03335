"""Frames and lines in one stream, as AWS's runtime clients write them."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.events.log_frames import RecordSplitter
from workbench.model.quotas import LOG_EVENT_LIMIT_BYTES

TEXT, JSON, WITHOUT_TIME = 0xA55A0003, 0xA55A0002, 0xA55A0001
LEVELS = (0, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18)
TIME_US = 1_760_000_000_000_000
TYPES = (WITHOUT_TIME, *(form | level for form in (TEXT, JSON) for level in LEVELS))
MAGIC = b"\xa5\x5a\x00"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
lines = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40)


def frame(text: str | bytes, kind: int = TEXT) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    header = struct.pack(">LL", kind, len(data))
    return header + (b"" if kind == WITHOUT_TIME else struct.pack(">Q", TIME_US)) + data


def told(data: bytes, *, at_once: int = 1 << 20, splitter: RecordSplitter | None = None) -> list[str]:
    """The events of a stream that comes in parts of so many bytes."""
    splitter = splitter or RecordSplitter()
    events = [event for at in range(0, len(data), at_once) for event in splitter.feed(data[at:at + at_once])]
    return events + splitter.flush()


@given(st.lists(st.tuples(st.booleans(), texts, lines, st.sampled_from(TYPES))), st.randoms(use_true_random=False))
def test_any_split_gives_the_same_events(written: list[tuple[bool, str, str, int]], source: random.Random) -> None:
    parts = [frame(text, kind) if framed else f"{line}\n".encode() for framed, text, line, kind in written]
    data = b"".join(parts)
    splitter, got = RecordSplitter(), []
    while data:
        cut = source.randint(1, len(data))
        got += splitter.feed(data[:cut])
        data = data[cut:]
    assert got + splitter.flush() == [text.rstrip("\r\n") if framed else line for framed, text, line, _ in written]
    assert splitter.end() == []


@given(st.binary(max_size=200), st.lists(st.integers(1, 200)))
def test_any_split_of_any_bytes_gives_the_same_events(noise: bytes, cuts: list[int]) -> None:
    data = noise.replace(b"\x00", MAGIC) + b"\n"
    splitter, got, rest = RecordSplitter(), [], data
    for cut in cuts:
        got += splitter.feed(rest[:cut])
        rest = rest[cut:]
    got += splitter.feed(rest) + splitter.flush() + splitter.end()
    whole = RecordSplitter()
    assert got == whole.feed(data) + whole.flush() + whole.end()


@pytest.mark.parametrize("kind", TYPES, ids=hex)
def test_a_frame_of_every_type_is_one_event(kind: int) -> None:
    assert told(frame("one\ntwo\n", kind) + b"three\n") == ["one\ntwo", "three"]


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 15, 16, 17])
def test_a_frame_is_put_together_from_several_reads(at_once: int) -> None:
    data = b"before\n" + frame("a\nb") + b"between\n" + frame("c\r\nd\n") + b"after"
    assert told(data, at_once=at_once) == ["before", "a\nb", "between", "c\r\nd", "after"]


def test_a_line_goes_on_after_a_frame() -> None:
    assert told(b"no end" + frame("a record\nof two lines") + b" yet\n") == ["a record\nof two lines", "no end yet"]


def test_an_empty_frame_is_an_event_at_once() -> None:
    assert RecordSplitter().feed(frame("")) == [""]


def test_a_frame_that_has_not_come_to_its_end_stays_for_the_next_invocation() -> None:
    data, splitter = frame("first\nsecond"), RecordSplitter()
    for cut in (5, 8, 16, 20):
        assert splitter.feed(b"line" + data[:cut]) == []
        assert splitter.flush() == ["line"]
        assert splitter.feed(data[cut:]) == ["first\nsecond"]


@pytest.mark.parametrize(("cut", "left"), [
    (3, ["line�Z\x00"]), (5, ["line", "�Z\x00\x03\x00"]), (16, ["line"]), (22, ["line", "first"])])
def test_what_a_runtime_that_died_wrote_of_a_frame_is_told_at_its_end(cut: int, left: list[str]) -> None:
    splitter = RecordSplitter()
    assert splitter.feed(b"line" + frame("first\nsecond")[:cut]) == []
    assert splitter.flush() + splitter.end() == left
    assert splitter.feed(b"the next one\n") == ["the next one"]


@pytest.mark.parametrize("text", [
    b"\xa5", b"\xa5\x5a", MAGIC, MAGIC + b"\x00", MAGIC + b"\x04 no type", MAGIC + b"\x20 no type",
    MAGIC + b"\x03 text goes on here, no frame", MAGIC + b"\x01 text goes on here, no frame",
    MAGIC + b"\x03\x00\x00\x00\x05no time, just text", MAGIC + MAGIC, b"\xa5" + MAGIC, "¥Z\0\x03¥".encode() * 9,
])
def test_what_only_looks_like_a_frame_is_text(text: bytes) -> None:
    expected = [text.decode("utf-8", "replace"), "next"]
    for at_once in (1, 5, 100):
        assert told(text + b"\nnext\n", at_once=at_once) == expected


def test_a_frame_right_after_what_only_looks_like_one_is_a_frame() -> None:
    assert told(MAGIC + b"\x03" + b"x" * 12 + frame("a\nb") + b"\n") == ["a\nb", "�Z\x00\x03" + "x" * 12]


def test_a_record_that_is_too_large_is_cut_at_the_same_places_however_it_comes() -> None:
    data = frame("é\n" * LOG_EVENT_LIMIT_BYTES) + b"after\n"
    expected = told(data)
    assert "".join(expected[:-1]) == ("é\n" * LOG_EVENT_LIMIT_BYTES)[:-1]
    assert {len(event.encode()) <= LOG_EVENT_LIMIT_BYTES for event in expected} == {True}
    assert expected[-1] == "after"
    assert told(data, at_once=65_536) == told(data, at_once=1000) == expected


def test_a_record_of_exactly_the_limit_and_its_line_end_is_one_event() -> None:
    assert told(frame("x" * LOG_EVENT_LIMIT_BYTES + "\n")) == ["x" * LOG_EVENT_LIMIT_BYTES]
