"""The characters that all matches of a regular expression have, so that most of a log need not be asked for matches.

Python's own parser says what an expression consists of. It is not documented: with a Python that has another one, nothing is
known of expressions, and everything is looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any


def literals_of(expression: str) -> list[list[str]]:
    """Return, for each alternative of an expression, texts that all its matches have, without regard to case.

    An expression that is not valid has one alternative, and no texts.
    """
    try:
        return [_texts(each) for each in _alternatives(re._parser.parse(expression))]  # type: ignore[attr-defined]
    except (AttributeError, IndexError, TypeError, ValueError, re.error, OverflowError, RecursionError):
        return [[]]


def _alternatives(parsed: Any) -> list[Any]:
    """Return those of an expression that consists of nothing else; itself if it does."""
    found: list[Any] = [argument[-1] for operator, argument in parsed if str(operator) == "BRANCH"]
    return found[0] if len(parsed) == len(found) == 1 else [parsed]


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
