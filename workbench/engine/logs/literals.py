"""The characters that every match of a regular expression has, so that most of a log need not be asked for matches.

Python's own parser says what an expression consists of. It is not documented: with a Python that has another one, nothing is
known of expressions, and everything is looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any


def literals_of(expression: str) -> list[str]:
    """Return texts that every match has, without regard to case; none for an expression that is not valid or that has none."""
    try:
        parsed = re._parser.parse(expression)  # type: ignore[attr-defined]
        characters = list(_characters(parsed))
    except (AttributeError, IndexError, TypeError, ValueError, re.error, OverflowError, RecursionError):
        return []
    return ["".join(filter(None, group)) for is_text, group in groupby(characters, bool) if is_text]


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
            yield from ("", *_characters(argument[-1]), "")
        elif name != "AT":
            yield ""


_REPEATS = frozenset(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"))
