"""Two changes of one text, put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.workspace.merge import merged

BASE = "a\nb\nc\nd\n"


@pytest.mark.parametrize(("mine", "theirs", "expected"), [
    ("A\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nD\n"),
    ("a\nb\nc\nd\ne\n", "x\na\nb\nc\nd\n", "x\na\nb\nc\nd\ne\n"),
    ("a\nb\nC\nd\n", "a\nb\nnew\nc\nd\n", "a\nb\nnew\nC\nd\n"),
    ("a\nX\nc\nd\n", "a\nY\nc\nd\n", None),
    ("a\nX\nc\nd\n", "a\nX\nc\nd\n", "a\nX\nc\nd\n"),
    ("a\none\nb\nc\nd\n", "a\ntwo\nb\nc\nd\n", None),
    ("a\nd\n", "a\nb\nC\nd\n", None),
])
def test_changes_that_do_not_touch_are_put_together(mine: str, theirs: str, expected: str | None) -> None:
    assert merged(BASE, mine, theirs) == expected


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_a_side_without_changes_is_the_other_side(base: list[str], other: list[str]) -> None:
    first, second = ("".join(f"{line}\n" for line in lines) for lines in (base, other))
    assert merged(first, first, second) == second
    assert merged(first, second, first) == second
