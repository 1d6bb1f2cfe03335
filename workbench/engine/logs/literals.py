"""The characters that all matches of a regular expression have, so that most of a log need not be asked for matches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from workbench.engine.logs.expressions import NOT_AS_EXPECTED, alternatives_of


def literals_of(expression: str) -> list[list[str]]:
    """Return, for each alternative of an expression, texts that all its matches have, without regard to case.

    An expression that is not valid has one alternative, and no texts.
    """
    try:
        return [_texts(each) for each in alternatives_of(expression)]
    except NOT_AS_EXPECTED:
        return [[]]


def _texts(parsed: Iterable[Any]) -> list[str]:
    return ["".join(group) for is_text, group in groupby(_characters(parsed), bool) if is_text]


def _characters(parsed: Iterable[Any]) -> Iterator[str]:
    """Yield the characters that follow each other in every match, "" where something else is between them."""
    for operator, argument in parsed:
        name = str(operator)
        if name == "LITERAL":
            yield chr(argument)
        elif name == "SUBPATTERN":
            yield from _characters(argument[-1])
        elif name == "ATOMIC_GROUP":
            yield from _characters(argument)
        elif name in _REPEATS and argument[0] > 0:
            yield from _repeated(list(_characters(argument[-1])), *argument[:2])
        elif name != "AT":
            yield ""


def _repeated(once: list[str], least: int, most: int) -> Iterator[str]:
    """Yield what follows each other in so many repetitions; what comes before has the first ones after it, and so on."""
    if "" in once:
        yield from ("", *once, "")
        return
    copies = once * min(least, _MOST_COPIES)
    yield from copies
    if most > least or least > _MOST_COPIES:
        yield from ("", *copies)


_MOST_COPIES = 8
_REPEATS = frozenset(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"))
