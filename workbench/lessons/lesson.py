"""A lesson as it was read: steps, each with a text and checks, and what is wrong with the file."""

from __future__ import annotations

import msgspec

from workbench.lessons.conditions import Condition


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a lesson, and what to write instead. `line` counts from 1; 0 for the file as a whole."""

    line: int
    message: str
    hint: str = ""

    def text(self, name: str) -> str:
        """Say it with its place in the file `name`."""
        place = f"{name}, line {self.line}" if self.line else name
        return f"{place}: {self.message} {self.hint}".rstrip()


class Check(msgspec.Struct, frozen=True):
    """What is to be reached. `condition`: when it is; None where a person says so (`is_by_hand`) or where it is invalid."""

    text: str
    condition: Condition | None = None
    is_by_hand: bool = False


class Step(msgspec.Struct, frozen=True):
    """`text` is Markdown, without the checks."""

    title: str
    text: str = ""
    checks: tuple[Check, ...] = ()


class Lesson(msgspec.Struct, frozen=True):
    """`name` is the file's. One without steps has problems."""

    name: str
    title: str
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
