"""A lesson is read as CommonMark, and what is wrong with it is said with its line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.lessons.conditions import Condition, Figure, Term
from workbench.lessons.lesson import Check, Lesson
from workbench.lessons.reading import LONGEST_TEXT, MOST_CHECKS, MOST_LINES, MOST_MARKS, MOST_STEPS, read_lesson

LESSON = """\
# What INIT costs

Before all.

## Invoke twice

Where did it **go**?

```python
## no step
- [ ] no check `cold`
```

- [ ] a cold start was seen `cold`
- [x] the `second` one was *warm*
  and quick `warm and duration < 10 ms for Orders`
- [ ] explain it
- a plain item

## Fail
"""
PIECES = ["# T", "## S", "### H", "- [ ] a `cold`", "- [ ] b `cool`", "- [ ] c", "> ", "  ", "```", "text", "<b>", "`",
          "\n", "\r\n", "\t",
          "1. ", "* ", "[a](b)", "![p](q)", "\x00", "===", "---"]


def read(text: str) -> Lesson:
    return read_lesson("a.md", text.encode())


def problems(text: str) -> list[str]:
    return [f"{each.line}: {each.message}" for each in read(text).problems]


def test_steps_have_titles_texts_and_checks() -> None:
    lesson = read(LESSON)
    assert (lesson.title, lesson.problems) == ("What INIT costs", ())
    assert [step.title for step in lesson.steps] == ["Invoke twice", "Fail"]
    first, second = lesson.steps
    assert first.text.split("\n\n") == [
        "Before all.", "Where did it **go**?", "```python\n## no step\n- [ ] no check `cold`\n```", "- a plain item"]
    assert first.checks == (
        Check("a cold start was seen", Condition((Term("cold"),))),
        Check("the second one was warm and quick", Condition((Term("warm"), Figure("duration", "<", 10)), "Orders")),
        Check("explain it", is_by_hand=True))
    assert (second.text, second.checks) == ("", ())


def test_a_lesson_without_a_title_is_called_as_its_file() -> None:
    assert read_lesson("02-what_init costs.md", b"## One").title == "02 what init costs"


def test_what_is_wrong_is_said_with_its_line() -> None:
    assert problems("") == ["0: it is empty."]
    assert problems("text\n") == ["0: it has no step."]
    assert problems("# A\n- [ ] a `cold`\n## B\n") == ["2: the check stands before the first step."]
    assert problems("## A\n\n# B\n\n# C") == ["5: the lesson has a second title."]
    assert problems("##\n") == ["1: the heading is empty."]
    assert problems("## A\n## B\n## A\n") == ["3: another step is called the same."]
    assert problems("## A\n- [ ] a `cold`\n- [ ] a `warm`\n") == ["1: two checks of the step have the same words."]
    assert problems("## A\n- [ ] a `cold`\n\n  more\n") == ["3: a check is one paragraph."]
    assert problems("## " + "a" * 101) == ["1: the heading has more than 100 characters."]
    assert problems("## A\n- [ ] " + "a" * 81 + " `cold`") == ["2: the check has more than 80 characters."]
    assert problems("## A\n- [ ] `cold`\n") == ["2: the check has no words."]
    assert problems("## A\n\n- [ ] a `cool`\n") == ["3: “cool” is no condition (is “cold” meant?)."]
    assert problems("## A\n" + "".join(f"- [ ] {n} `cold`\n" for n in range(MOST_CHECKS + 1))) == [
        f"1: the step has more than {MOST_CHECKS} checks."]
    assert problems("".join(f"## {n}\n" for n in range(MOST_STEPS + 1))) == [
        f"{MOST_STEPS + 1}: it has more than {MOST_STEPS} steps."]
    long = f"1: the step's text has more than {LONGEST_TEXT:,} characters or {MOST_LINES} lines."
    assert problems("## A\n" + "a b " * LONGEST_TEXT) == [long]
    assert problems("## A\n" + "a\n" * (MOST_LINES + 1)) == [long]
    assert problems("## A\n" + "a\n" * MOST_LINES) == []
    assert problems("## A\n" + "`a` " * (MOST_MARKS + 1)) == [
        f"1: the step has more than {MOST_MARKS} pieces of code, emphasis, links and pictures."]
    assert problems("`a` " * (MOST_MARKS + 1) + "\n## A\n") == [
        f"2: the step has more than {MOST_MARKS} pieces of code, emphasis, links and pictures."]
    assert problems("## A\n" + "".join("  " * n + "- a\n" for n in range(9))) == [
        "7: lists or quotations are too deep in each other here."]


def test_bytes_that_are_no_text_are_said_with_their_line() -> None:
    lesson = read_lesson("a.md", b"## A\n\xff\n")
    assert [each.text("a.md") for each in lesson.problems] == ["a.md, line 2: it is not UTF-8 text. Save the file as UTF-8."]


def test_windows_files_are_read_alike() -> None:
    assert read_lesson("a.md", b"\xef\xbb\xbf" + LESSON.replace("\n", "\r\n").encode()) == read(LESSON)


def test_a_check_with_an_invalid_condition_is_shown_and_never_reached() -> None:
    check, = read("## A\n- [ ] a `cool`\n").steps[0].checks
    assert (check.text, check.condition, check.is_by_hand) == ("a", None, False)


@given(st.sampled_from(["", "\n"]), st.lists(st.sampled_from(PIECES), max_size=40))
def test_anything_is_read(between: str, pieces: list[str]) -> None:
    text = between.join(pieces)
    lesson = read(text)
    assert lesson.steps or lesson.problems
    count = len(text.splitlines()) + text.count("\r") + 1
    assert all(0 <= each.line <= count for each in lesson.problems)
    assert len(lesson.steps) <= text.count("##") + text.count("---")
    for step in lesson.steps:
        assert step.title
        assert all(check.text or lesson.problems for check in step.checks)


@given(st.binary(max_size=200))
def test_any_bytes_are_read(content: bytes) -> None:
    lesson = read_lesson("a.md", content)
    assert lesson.steps or lesson.problems
