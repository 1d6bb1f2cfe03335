"""What a regular expression consists of, in alternatives: its search has to ask for nothing that none of them needs.

Python's own parser says it. It is not documented: with a Python that has another one, nothing is known of expressions, and
everything is looked through.
"""

from __future__ import annotations

import re
from typing import Any

Item = tuple[Any, Any]
"""An operator of an expression and what it is about."""
NOT_AS_EXPECTED = AttributeError, IndexError, TypeError, ValueError, re.error, OverflowError, RecursionError
"""What is raised for expressions that are not valid, and by a parser that is another one."""
_MOST = 32
"""How many alternatives there are at most. What would be more stays together."""
_FEW_CHARACTERS = 4


def alternatives_of(expression: str) -> list[Any]:
    """Return the alternatives of an expression, parsed. Raises NOT_AS_EXPECTED."""
    parser: Any = re._parser  # type: ignore[attr-defined]
    parsed = parser.parse(expression, re.IGNORECASE)
    return [parser.SubPattern(parsed.state, items) for items in _alternatives(parsed)]


def is_multiline(parsed: Any, flags: int | None = None) -> bool:
    """Whether `^` and `$` are the ends of any line in a text."""
    return bool((parsed.state.flags if flags is None else flags) & re.MULTILINE)


def _alternatives(parsed: Any) -> list[list[Item]]:
    made: list[list[Item]] = [[]]
    for item in parsed:
        choices = _choices(item)
        if len(made) * len(choices) > _MOST:
            choices = [[item]]
        made = [[*before, *choice] for before in made for choice in choices]
    return made


def _choices(item: Item) -> list[list[Item]]:
    operator, argument = item
    name = str(operator)
    if name == "BRANCH":
        return [choice for each in argument[1] for choice in _alternatives(each)]
    if name == "SUBPATTERN" and not is_multiline(argument[-1], argument[1]):
        return _alternatives(argument[-1])
    if name == "IN" and len(argument) <= _FEW_CHARACTERS and all(str(each) == "LITERAL" for each, _ in argument):
        return [[literal] for literal in argument]
    return [[item]]
