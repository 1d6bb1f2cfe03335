"""How far a person has come in the lessons of a workspace. It is kept by the window, never in the teacher's files."""

from __future__ import annotations

import msgspec

from workbench.lessons.lesson import Check, Lesson, Step

_MOST = 2_000
"""Checks that are remembered of a workspace, those that were reached last."""


class Progress(msgspec.Struct, frozen=True):
    """`name` is the lesson that is shown, `steps` the step by lesson, from 0; `reached` are checks, the latest last."""

    name: str = ""
    steps: dict[str, int] = {}
    reached: tuple[tuple[str, str, str], ...] = ()

    def chosen(self, name: str) -> Progress:
        """Show another lesson."""
        return msgspec.structs.replace(self, name=name)

    def step_of(self, lesson: Lesson) -> int:
        """Return which step of a lesson is shown: its file may have fewer by now."""
        return max(0, min(self.steps.get(lesson.name, 0), len(lesson.steps) - 1))

    def went(self, lesson: Lesson, step: int) -> Progress:
        """Show another step."""
        return msgspec.structs.replace(self, steps={**self.steps, lesson.name: step})

    def has(self, lesson: Lesson, step: Step, check: Check) -> bool:
        """Whether a check was reached. One whose words have changed since is another one."""
        return (lesson.name, step.title, check.text) in self.reached

    def with_check(self, lesson: Lesson, step: Step, check: Check, *, is_reached: bool = True) -> Progress:
        """Note that a check was reached, or that it was not after all."""
        key = (lesson.name, step.title, check.text)
        others = tuple(each for each in self.reached if each != key)
        return msgspec.structs.replace(self, reached=((*others, key) if is_reached else others)[-_MOST:])

    def without_step(self, lesson: Lesson, step: Step) -> Progress:
        """Begin a step anew."""
        return msgspec.structs.replace(
            self, reached=tuple(each for each in self.reached if each[:2] != (lesson.name, step.title)))

    def text(self) -> str:
        """Return it as text to be kept."""
        return msgspec.json.encode(self).decode()


def read_progress(text: str) -> Progress:
    """Return what was kept; nothing if it is no such text, as a person can edit it."""
    try:
        return msgspec.json.decode(text, type=Progress)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Progress()
