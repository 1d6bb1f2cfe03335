"""How far a person has come is kept as text, and survives changes of the lesson."""

from __future__ import annotations

from workbench.lessons.lesson import Check, Lesson, Step
from workbench.lessons.progress import Progress, read_progress

COLD, WARM = Check("cold"), Check("warm")
FIRST, SECOND = Step("First", checks=(COLD, WARM)), Step("Second", checks=(COLD,))
LESSON = Lesson("a.md", "A", (FIRST, SECOND))


def test_what_is_kept_is_read_again() -> None:
    progress = Progress().chosen("a.md").went(LESSON, 1).with_check(LESSON, FIRST, COLD)
    again = read_progress(progress.text())
    assert again == progress
    assert (again.step_of(LESSON), again.has(LESSON, FIRST, COLD), again.has(LESSON, SECOND, COLD)) == (1, True, False)


def test_what_is_no_such_text_counts_as_nothing() -> None:
    assert [read_progress(text) for text in ("", "[]", '{"steps": 1}', "[" * 100_000, '"\ud800"')] == [Progress()] * 5


def test_a_step_begins_anew_alone() -> None:
    progress = Progress().with_check(LESSON, FIRST, COLD).with_check(LESSON, FIRST, WARM).with_check(LESSON, SECOND, COLD)
    anew = progress.without_step(LESSON, FIRST)
    assert [anew.has(LESSON, FIRST, COLD), anew.has(LESSON, FIRST, WARM), anew.has(LESSON, SECOND, COLD)] == [False, False, True]
    assert not progress.with_check(LESSON, FIRST, COLD, is_reached=False).has(LESSON, FIRST, COLD)


def test_a_lesson_that_has_become_shorter_shows_its_last_step() -> None:
    progress = Progress().went(LESSON, 1)
    assert progress.step_of(Lesson("a.md", "A", (FIRST,))) == 0
    assert progress.step_of(Lesson("a.md", "A")) == 0
