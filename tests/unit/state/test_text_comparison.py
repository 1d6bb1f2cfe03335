"""Two texts compared within a bounded time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.state.text_comparison import LONGEST_LINE, MOST_LINES, difference

LINES = st.lists(st.sampled_from("abc"), max_size=30)


def applied(left: list[str], diff: str) -> list[str]:
    """What `patch` makes of the left text."""
    made, at = [], 0
    for line in diff.split("\n")[2:]:
        if line.startswith("@@"):
            start, length = [int(each) for each in (line.split(" ")[1][1:] + ",1").split(",")[:2]]
            begin = start - 1 if length else start
            made += left[at:begin]
            at = begin
        elif line.startswith("+"):
            made.append(line[1:])
        else:
            assert left[at] == line[1:]
            made += [line[1:]] if line.startswith(" ") else []
            at += 1
    return made + left[at:]


@given(LINES, LINES, LINES, LINES)
def test_the_diff_leads_from_left_to_right(before: list[str], left: list[str], right: list[str], after: list[str]) -> None:
    one, other = "\n".join([*before, *left, *after]), "\n".join([*before, *right, *after])
    found = difference(one, other, "one", "other")
    if one == other:
        assert found == ("", "There is no difference.")
    else:
        assert applied(one.split("\n"), found.diff) == other.split("\n")


def test_lines_are_counted_from_the_beginning_of_the_text() -> None:
    same = [f"line {number}" for number in range(100)]
    found = difference("\n".join([*same, "a"]), "\n".join([*same, "b"]), "x", "y")
    assert found.diff.split("\n") == ["--- x", "+++ y", "@@ -98,4 +98,4 @@", " line 97", " line 98", " line 99", "-a", "+b"]


def test_too_much_is_told_and_not_compared() -> None:
    left, right = ("\n".join(["same", *[f"{side}{number}" for number in range(MOST_LINES + 1)]]) for side in "lr")
    assert difference(left, right, "", "") == (
        "", "They differ from line 2 on, in more than 4,000 lines: too many to be compared.")


def test_a_giant_line_is_shortened() -> None:
    found = difference("x" * 5_000_000, "y", "a", "b")
    assert f"-{'x' * LONGEST_LINE}… 4,998,000 more" in found.diff
