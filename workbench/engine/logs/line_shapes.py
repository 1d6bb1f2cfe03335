"""Of which kinds the lines are that meet a filter by text, even if it names no character: `^\\W+$`, `\\d{12}`, `.{500,}`, `é`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from workbench.engine.journal.line_kinds import (
    LETTER,
    LONGEST,
    NOTHING,
    OTHER_BEYOND,
    RUNS,
    WORD_BEYOND,
    BlockKinds,
    Kind,
    bits_of,
    class_of,
)
from workbench.engine.logs.expressions import NOT_AS_EXPECTED, Item, alternatives_of, is_multiline

_ALL = (1 << NOTHING + 1) - 1
_BEYOND = 1 << WORD_BEYOND | 1 << OTHER_BEYOND
_SAMPLES = [*map(chr, range(128)), *"é²٣\u212aſİı\xa0“"]
"""All of ASCII, and of the other characters one of each that expressions tell apart unless they name them."""
_ENDLESS = 1 << 20


class LineShape(NamedTuple):
    """What all lines are like in which an expression matches.

    They have no other classes than those `allowed`, and one of each of the `needed`; they begin and end with one of `first` and
    `last`, and have from `least` to `most` characters. Of each of the RUNS they have one of so many.
    """

    allowed: int = _ALL
    needed: tuple[int, ...] = ()
    first: int = _ALL
    last: int = _ALL
    least: int = 0
    most: int = _ENDLESS
    runs: tuple[int, ...] = (0,) * len(RUNS)

    def may_be_in(self, block: BlockKinds) -> bool:
        """Whether a block may have such lines."""
        return all(map(int.__le__, self.runs, block.runs)) and any(map(self._may_be, block.kinds))

    def _may_be(self, kind: Kind) -> bool:
        return (not kind.classes & ~self.allowed and self.first >> kind.first & 1 == 1 == self.last >> kind.last & 1
                and min(self.least.bit_length(), LONGEST) <= kind.length_bits <= self.most.bit_length()
                and all(kind.classes & each for each in self.needed))

    @property
    def may_be_platforms(self) -> bool:
        """Whether such lines may be the platform's."""
        return bool(self.allowed >> LETTER & 1 and self.allowed & _PLATFORM)


_PLATFORM = bits_of(" :_")
"""Of these, and of letters, all lines of the platform have some."""
ANY = LineShape()


def shapes_of(text: str, *, is_regex: bool) -> list[LineShape]:
    """Return what lines are like that have a text or, one for each alternative, in which an expression matches."""
    if not is_regex:
        return [LineShape(needed=tuple({1 << class_of(each) | _BEYOND for each in text.casefold()}))]
    try:
        return list(map(_shape, alternatives_of(text)))
    except NOT_AS_EXPECTED:
        return [ANY]


class _Step(NamedTuple):
    """What comes next in every match: at least so many characters of some classes. `is_exact`: and no more."""

    classes: int
    least: int
    is_exact: bool


def _shape(parsed: Any) -> LineShape:
    steps = list(_steps(parsed, parsed.state))
    begins, ends = (not is_multiline(parsed) and _is_at(parsed, at) for at in (0, -1))
    least, most = parsed.getwidth()
    classes, line_end = reduce(or_, (step.classes for step in steps), 0), bits_of("\n")  # `$` is also before the last line's end
    return LineShape(
        allowed=classes | line_end if begins and ends else _ALL,
        needed=tuple({step.classes for step in steps if step.least}),
        first=_first(steps) | line_end if begins else _ALL,
        last=_first(steps[::-1]) | line_end if ends else _ALL,
        least=least, most=min(most + 1, _ENDLESS) if begins and ends else _ENDLESS,
        runs=tuple(_run(steps, run) for run in RUNS))


def _is_at(parsed: Any, place: int) -> bool:
    names = ("AT_END", "AT_END_STRING") if place else ("AT_BEGINNING", "AT_BEGINNING_STRING")
    return len(parsed) > 0 and str(parsed[place][0]) == "AT" and str(parsed[place][1]) in names


def _first(steps: Iterable[_Step]) -> int:
    """Return with what a match begins."""
    classes = 0
    for step in steps:
        classes |= step.classes
        if step.least:
            return classes
    return _ALL


def _run(steps: Iterable[_Step], run: int) -> int:
    longest = current = 0
    for step in steps:
        is_of_run = step.least > 0 and not step.classes & ~run
        current = current + step.least if is_of_run else 0
        longest = max(longest, current)
        current = current if step.is_exact else min(current, step.least)  # what is more of it stands between
    return longest


def _steps(items: Iterable[Item], state: Any) -> Iterator[_Step]:
    for operator, argument in items:
        name = str(operator)
        if name in _ONE:
            yield _Step(_classes((operator, argument), state), 1, True)
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            yield from _steps(argument[-1] if name == "SUBPATTERN" else argument, state)
        elif name in _REPEATS:
            yield from _repeated(list(_steps(argument[-1], state)), *argument[:2])
        elif name == "BRANCH":
            yield from (_Step(step.classes, 0, False) for each in argument[1] for step in _steps(each, state))
        elif name not in ("AT", "ASSERT", "ASSERT_NOT"):
            yield _Step(_ALL, 0, False)


def _repeated(steps: Sequence[_Step], least: int, most: int) -> Iterator[_Step]:
    if len(steps) == 1 and steps[0].is_exact:
        yield _Step(steps[0].classes, steps[0].least * least, least == most)
    else:
        yield from (_Step(step.classes, step.least if least else 0, False) for step in steps)


_ONE = frozenset(("LITERAL", "NOT_LITERAL", "IN", "ANY"))
_REPEATS = frozenset(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"))


def _classes(item: Item, state: Any) -> int:
    """Return the classes of the characters that something in an expression stands for."""
    parser, compiler = re._parser, re._compiler  # type: ignore[attr-defined]
    matches = compiler.compile(parser.SubPattern(state, [item]), re.IGNORECASE).fullmatch
    return bits_of(filter(matches, _SAMPLES)) | (_BEYOND if _names_beyond(item) else 0)


def _names_beyond(part: object) -> bool:
    """Whether a part of an expression names characters that are not ASCII."""
    return any(map(_names_beyond, part)) if isinstance(part, tuple | list) else isinstance(part, int) and part > 127
