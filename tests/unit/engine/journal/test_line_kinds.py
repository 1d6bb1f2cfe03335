"""The kinds of a block's lines: what is kept of them is what they are like."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.journal import line_kinds
from workbench.engine.journal.block_texts import BlockTexts
from workbench.engine.journal.line_kinds import (
    DIGIT,
    LETTER,
    NOTHING,
    OTHER_BEYOND,
    WORD_BEYOND,
    bits_of,
    class_of,
    decoded_kinds,
    encoded_kinds,
)
from workbench.model.events import StreamEvent
from workbench.model.line_levels import level_of

CHARACTERS = st.characters(codec="utf-8") | st.sampled_from("ab09_ -\t\n\r\x0b\x1f\x7f\x85é²\xa0“")
LINES = st.lists(st.text(CHARACTERS, max_size=70), max_size=8)


@given(LINES)
def test_they_are_those_of_the_lines(lines: list[str]) -> None:
    block = decoded_kinds(encoded_kinds(lines))
    assert block is not None
    ends = [tuple(class_of(line[at]) if line else NOTHING for at in (0, -1)) for line in lines]
    assert {tuple(kind) for kind in block.kinds} == {
        (bits_of(line), *of_line, len(line).bit_length()) for line, of_line in zip(lines, ends, strict=True)}


def test_classes_and_runs() -> None:
    classes = [LETTER, LETTER, DIGIT, WORD_BEYOND, WORD_BEYOND, OTHER_BEYOND, OTHER_BEYOND]
    assert [class_of(each) for each in "aZ7é²“\xa0"] == classes
    assert len({class_of(each) for each in " \t\n\r_-.\x0b\x00"}) == 9
    block = decoded_kinds(encoded_kinds(["order 12345 of abcdefg_1 at 10:11:12", "[ERROR] x", "é" * 9]))
    assert block is not None
    assert block.runs == (9, 9, 9, 9)
    assert [level for at, level in enumerate(line_kinds.LEVELS) if block.levels >> at & 1] == ["error"]


LEVELED = ("[INFO] {} of {}", "{}-11-30T{}:00 WARN x", '{{"level":{}0,"n":{}}}', '{{"level":"error","n":{}{}}}', "é [ERROR] {}{}",
           "plain {} and {}", "{}{}: level=debug", "Traceback (most recent call last): {}{}", "\tFATAL\t{}{}", "[{}] {}", "{}{}")


@given(st.lists(st.builds(str.format, st.sampled_from(LEVELED), st.integers(0, 70), st.integers(0, 9_999)), max_size=5))
def test_the_levels_are_those_of_each_line(lines: list[str]) -> None:
    block = decoded_kinds(encoded_kinds(lines))
    assert block is not None
    found = {level for at, level in enumerate(line_kinds.LEVELS) if block.levels >> at & 1}
    assert found == set(map(level_of, lines)) - {""}


@pytest.mark.parametrize("text", ["", "a1b22-ccc333 x", "1" * 70_000, "x" * 64 + " " + "é" * 65, "ab" * 31 + "." * 40, "_9_"])
def test_the_longest_runs(text: str) -> None:
    block = decoded_kinds(encoded_kinds([text, "a"]))
    assert block is not None
    patterns = r"[0-9é]+", r"[A-Za-zé]+", r"\w+", r"\S+"
    assert block.runs == tuple(
        min(max(map(len, re.findall(pattern, f"{text} a")), default=0), 0xFFFF) for pattern in patterns)


@pytest.mark.parametrize("odd", [None, 17, b"", b"x" * 17, "text", b"x" * 8])
def test_what_are_no_kinds_tell_nothing(odd: object) -> None:
    assert decoded_kinds(odd) is None


def test_too_many_kinds_and_too_much_text_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    signs = "!\"#$%&'()*+,"
    lines = [f"{first}{other}{'x' * number}" for first in signs for other in signs for number in (1, 9)]
    assert encoded_kinds(lines[:200]) != b""
    assert encoded_kinds(lines) == b""
    monkeypatch.setattr(line_kinds, "_MOST_TEXT", 10)
    assert encoded_kinds(["x" * 11]) == b""


def test_a_long_line_has_its_classes_too() -> None:
    block = decoded_kinds(encoded_kinds(["x" * 5_000 + "-"]))
    assert block is not None
    assert block.kinds[0].classes == bits_of("x-")


def test_a_record_that_is_an_object_is_a_line_like_others() -> None:
    """A block with one had no words of its lines, and no kinds."""
    events = [StreamEvent(seq=seq, time_ms=1.5, type="function", record=record)
              for seq, record in enumerate(({"level": "ERROR", "message": "the \"needle\""}, 'say "no"'), 1)]
    texts = BlockTexts([(2, "", "", msgspec.json.encode(events)[1:-1])])
    assert texts.are_lines_whole
    assert texts.lines == ['{"level":"ERROR","message":"the \\"needle\\""}', 'say "no"'] == texts.words
