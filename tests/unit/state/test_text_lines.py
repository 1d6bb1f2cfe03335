"""Texts as rows: nothing lost, nothing longer than a view can draw, places found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.state import text_lines
from workbench.state.text_lines import Found, TextLines

TEXTS = st.text(alphabet=st.sampled_from("ab\nxü😀"), max_size=60)


def check(text: str) -> None:
    lines = TextLines(text, longest_row=4)
    rows = [lines[row] for row in range(len(lines))]
    assert all(len(row) <= 4 and "\n" not in row for row in rows)
    assert lines.longest == max(map(len, rows))
    joined = "".join(row if lines.continues(number) or not number else f"\n{row}" for number, row in enumerate(rows))
    assert joined == text
    assert lines.joined(0, len(lines) - 1) == text


@given(TEXTS)
def test_rows_are_the_text(text: str) -> None:
    """Both where it is cut line by line and where it is cut with numpy."""
    check(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "_MUCH", -1)
        check(text)


def test_a_place_is_found_in_any_case_wherever_rows_are_cut() -> None:
    lines = TextLines("one\nTWO two\nthree", longest_row=5)
    assert [lines[row] for row in range(len(lines))] == ["one", "TWO t", "wo", "three"]
    assert lines.find("two") == [Found(1, 0, 3), Found(1, 4, 5)]  # the second goes on in the next row
    assert lines.find("E\nT") == [Found(0, 2, 3)]
    assert lines.find("four") == []
    assert lines.find("") == []


def test_a_search_in_slices_finds_what_lies_across_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "_SLICE", 4)
    lines = TextLines("abcabcabcabc")
    assert [place.start for place in lines.find("abc")] == [0, 3, 6, 9]
    assert [place.start for place in lines.find("cab")] == [2, 5, 8]


def test_a_search_ends() -> None:
    assert len(TextLines("a" * 20_000).find("a")) == text_lines.MOST_FOUND
