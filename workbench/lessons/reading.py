"""Reads a lesson, which is Markdown (CommonMark): a title, a heading of the second level for each step, checks as task items.

    # What INIT costs
    ## Invoke twice
    Where did the time go the second time?
    - [ ] a cold start was seen `cold`
    - [ ] the second invocation used the same environment `warm`

Nothing of it is run: HTML is text, and pictures and links are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from workbench.lessons.conditions import Condition, read_condition
from workbench.lessons.lesson import Check, Lesson, Problem, Step
from workbench.model.failures import InvalidInput

LONGEST_TEXT, MOST_LINES = 5_000, 200
"""Characters and lines of a step's text: the window lays it out in one go, within a few hundredths of a second."""
MOST_STEPS, MOST_CHECKS = 100, 6
"""Steps of a lesson, and checks of a step: an audience reads them at one look."""
LONGEST_TITLE, LONGEST_CHECK = 100, 80
"""Characters, for the same reason."""
MOST_MARKS = 200
"""Pieces of a step's text that look otherwise: code, emphasis, links, pictures. Each of them costs the window time."""
_MARKS = frozenset({"code_inline", "em_open", "strong_open", "link_open", "image"})
DEEPEST = 12
"""Levels of lists and quotations in each other, two for each list."""
_TASK = re.compile(r"\[[ xX]\]\s+(?=\S)")
_NO_STEP = "it has no step."
_STEP_HINT = "A step begins with a heading of the second level: ## Invoke twice."


def read_lesson(name: str, content: bytes) -> Lesson:
    """Return the lesson that the file `name` holds; what is wrong with it is among its problems."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        return broken(name, Problem(line, "it is not UTF-8 text.", "Save the file as UTF-8."))
    if not text.strip():
        return broken(name, Problem(0, "it is empty.", _STEP_HINT))
    return _Reading(name, text).lesson()


def broken(name: str, problem: Problem) -> Lesson:
    """Return a lesson of which nothing can be shown but why."""
    return Lesson(name, title_of(name), problems=(problem,))


def title_of(name: str) -> str:
    """Return what a lesson is called that has no title: 02-what-init-costs.md is 02 what init costs."""
    return re.sub(r"[-_\s]+", " ", name.rpartition(".")[0]).strip() or name


class _Reading:
    """Takes one file apart. `problems` are noted as they are found."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = re.sub(r"\r\n?", "\n", text).replace("\x00", "\ufffd").split("\n")
        self._tokens = MarkdownIt("commonmark", {"html": False}).parse("\n".join(self._lines))
        self.problems: list[Problem] = []

    def lesson(self) -> Lesson:
        """Return all of it."""
        headings = list(self._headings())
        titles = [(line, title) for line, level, title in headings if level == 1]
        begins = [(line, title) for line, level, title in headings if level == 2]
        for line, _ in titles[1:]:
            self._note(line, "the lesson has a second title.", "Its title is the one heading of the first level; " + _STEP_HINT)
        if not begins:
            self._note(-1, _NO_STEP, _STEP_HINT)
        if len(begins) > MOST_STEPS:
            self._note(begins[MOST_STEPS][0], f"it has more than {MOST_STEPS} steps.", "Divide it into several lessons.")
        ends = [line for line, _ in begins[1:]] + [len(self._lines)]
        steps = tuple(self._step(title, line, end) for (line, title), end in list(zip(begins, ends, strict=False))[:MOST_STEPS])
        self._look_before(begins[0][0] if begins else 0)
        self._look_for_repeated(begins)
        title = titles[0][1] if titles and titles[0][1] else title_of(self._name)
        if steps and begins[0][0] > 0:
            steps = (self._introduced(steps[0], titles, begins[0][0]), *steps[1:])
        return Lesson(self._name, title, steps, tuple(sorted(self.problems, key=lambda each: each.line)))

    def _headings(self) -> Iterator[tuple[int, int, str]]:
        """Line, level and text of those that are in no list and no quotation."""
        for token, inside in pairwise(self._tokens):
            if token.type == "heading_open" and token.level == 0 and token.map:
                title = _plain(inside.children or ())
                if not title and token.tag in ("h1", "h2"):
                    self._note(token.map[0], "the heading is empty.", "A heading is what a step is called.")
                yield token.map[0], int(token.tag[1:]), self._short(token.map[0], "heading", title, LONGEST_TITLE)

    def _step(self, title: str, begin: int, end: int) -> Step:
        tokens = [each for each in self._tokens if each.map and begin <= each.map[0] < end]
        if self._is_too_much(begin, tokens):
            return Step(title or f"Line {begin + 1}")
        left_out: set[int] = set()
        checks = [self._check(item, inside, left_out) for item, inside in self._tasks(begin, end)]
        if len({each.text for each in checks}) < len(checks):
            self._note(begin, "two checks of the step have the same words.", "Say of each what is to be reached.")
        if len(checks) > MOST_CHECKS:
            self._note(begin, f"the step has more than {MOST_CHECKS} checks.", "Divide it into several steps.")
        first = next(each.map[1] for each in tokens if each.type == "heading_open" and each.map)
        text = self._bounded(begin, self._text(first, end, left_out))
        return Step(title or f"Line {begin + 1}", text, tuple(checks[:MOST_CHECKS]))

    def _is_too_much(self, begin: int, tokens: Sequence[Token]) -> bool:
        """Whether the window would take long to lay the step out."""
        deep = next((each.map[0] for each in tokens if each.level > DEEPEST and each.map), -1)
        if deep >= 0:
            self._note(deep, "lists or quotations are too deep in each other here.", "Write it flatter.")
            return True
        marks = sum(child.type in _MARKS for each in tokens for child in each.children or ())
        if marks > MOST_MARKS:
            self._note(begin, f"the step has more than {MOST_MARKS} pieces of code, emphasis, links and pictures.",
                       "Divide it into several steps.")
        return marks > MOST_MARKS

    def _bounded(self, line: int, text: str) -> str:
        if len(text) > LONGEST_TEXT or text.count("\n") >= MOST_LINES:
            self._note(line, f"the step's text has more than {LONGEST_TEXT:,} characters or {MOST_LINES} lines.",
                       "Divide it into several steps.")
        return "\n".join(text[:LONGEST_TEXT].split("\n")[:MOST_LINES])

    def _introduced(self, step: Step, titles: list[tuple[int, str]], end: int) -> Step:
        """The first step, headed by what stands between the lesson's title and it."""
        if self._is_too_much(end, [each for each in self._tokens if each.map and each.map[0] < end]):
            return step
        before = self._text(titles[0][0] + 1 if titles and titles[0][0] < end else 0, end, set())
        return replace(step, text=self._bounded(end, "\n\n".join(filter(None, (before, step.text)))))

    def _text(self, begin: int, end: int, left_out: set[int]) -> str:
        return "\n".join(self._lines[number] for number in range(begin, end) if number not in left_out).strip("\n")

    def _tasks(self, begin: int, end: int) -> Iterator[tuple[Token, Token]]:
        """Yield the task list items within these lines, and what is written in each of them."""
        for item, _, inside in zip(self._tokens, self._tokens[1:], self._tokens[2:], strict=False):
            is_here = item.type == "list_item_open" and item.map is not None and begin <= item.map[0] < end
            if is_here and inside.type == "inline" and _TASK.match(inside.content):
                yield item, inside

    def _check(self, item: Token, inside: Token, left_out: set[int]) -> Check:
        assert item.map is not None
        assert inside.map is not None
        left_out.update(range(*item.map))
        if any(line.strip() for line in self._lines[inside.map[1]:item.map[1]]):
            self._note(inside.map[1], "a check is one paragraph.", "Put what belongs to it into the step's text.")
        children = list(inside.children or ())
        source = children.pop().content if children and children[-1].type == "code_inline" else None
        text = _plain(children).partition("]")[2].strip()
        if not text:
            self._note(item.map[0], "the check has no words.", "Say what is to be reached: - [ ] a cold start was seen `cold`.")
        text = self._short(item.map[0], "check", text, LONGEST_CHECK)
        return Check(text or source or "", *self._condition(source, item.map[0]))

    def _condition(self, source: str | None, line: int) -> tuple[Condition | None, bool]:
        """The condition, and whether there is none because a person decides."""
        if source is None:
            return None, True
        try:
            return read_condition(source), False
        except InvalidInput as error:
            self._note(line, error.message, error.hint)
            return None, False

    def _look_before(self, end: int) -> None:
        for item, _ in self._tasks(0, end):
            assert item.map is not None
            self._note(item.map[0], "the check stands before the first step.", _STEP_HINT)

    def _look_for_repeated(self, begins: list[tuple[int, str]]) -> None:
        """What was reached is remembered by the words of step and check."""
        known: set[str] = set()
        for line, title in begins:
            if title in known:
                self._note(line, "another step is called the same.", "Give each step a name of its own.")
            known.add(title)

    def _short(self, line: int, what: str, text: str, longest: int) -> str:
        if len(text) > longest:
            self._note(line, f"the {what} has more than {longest} characters.", "Say the rest in the step's text.")
        return text[:longest]

    def _note(self, line: int, message: str, hint: str) -> None:
        self.problems.append(Problem(line + 1, message, hint))


def _plain(children: Sequence[Token]) -> str:
    """The words of a line: no marks, no addresses."""
    return " ".join("".join(" " if each.type in ("softbreak", "hardbreak") else each.content for each in children).split())
