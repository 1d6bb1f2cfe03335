"""Text of a log made fit to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.state.log_text import LINE_LIMIT_BYTES, StyledText, StyleSpan, display_lines


def test_ansi_colors_become_spans():
    assert display_lines("a \x1b[1;31mred\x1b[0m b\x1b[K") == [StyledText("a red b", (StyleSpan(2, 5, 1, True),))]


def test_bright_and_extended_colors():
    (item,) = display_lines("\x1b[94mblue\x1b[39m \x1b[38;5;9mindexed")

    assert item == StyledText("blue indexed", (StyleSpan(0, 4, 12, False), StyleSpan(5, 12, 9, False)))


@pytest.mark.parametrize(("codes", "color", "bold"), [
    ("38;5;208;1", 9, True), ("38;2;0;128;0", 2, False), ("38;5;255", 15, False), ("38;5;240", 8, False), ("38;5;51", 14, False),
    ("38;2;255;255;255;1", 15, True), ("38;5", 0, False), ("33;48;5;1", 3, False), ("33;48;2;1;31;1", 3, False)])
def test_colors_out_of_many_are_shown_as_the_one_that_is_like_them(codes: str, color: int, bold: bool):
    """The parameters of a background are none of the text: 48;5;1 is not bold."""
    assert display_lines(f"\x1b[{codes}mx") == [StyledText("x", (StyleSpan(0, 1, color, bold),))]


def test_a_code_of_any_length_is_none():
    assert [item.text for item in display_lines("\x1b[" + "1" * 5_000 + "mx")] == ["x"]


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
