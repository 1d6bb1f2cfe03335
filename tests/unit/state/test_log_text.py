"""Text of a log made fit to show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.state.log_text import LINE_LIMIT_BYTES, StyledText, StyleSpan, display_lines


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
