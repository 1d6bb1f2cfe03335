"""Finding and replacing in a text, without Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from workbench.model.failures import InvalidInput
from workbench.model.text_patterns import pattern_problem

MAX_MATCHES = 20_000
"""The maximum number of matches that are counted and replaced at once."""


class SearchQuery(msgspec.Struct, frozen=True):
    """What to search for. `text` is taken literally unless `regex` is set; `case` means that case must match."""

    text: str
    regex: bool = False
    case: bool = False
    whole_word: bool = False


def compile_query(query: SearchQuery) -> re.Pattern[str]:
    """Compile a query. Raises InvalidInput if it is not a valid regular expression."""
    problem = pattern_problem(query.text) if query.regex else ""  # of what was typed: its places are meant
    if problem:
        raise InvalidInput(problem, "Turn “.*” off to search for the text as it is.")
    source = query.text if query.regex else re.escape(query.text)
    if query.whole_word:
        source = rf"(?<!\w)(?:{source})(?!\w)"  # not \b, which would demand a word character before "(x"
    try:
        return re.compile(source, re.MULTILINE | (0 if query.case else re.IGNORECASE))
    except (re.error, OverflowError, RecursionError) as error:  # flags, say, which must stand at its beginning
        raise InvalidInput(f"The regular expression is invalid: {error}.", "Turn “W” off.") from error


def find_all(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return all matches that are not empty, at most MAX_MATCHES. `x*` matches "" everywhere, which cannot be selected."""
    return list(islice(_matches(pattern, text), MAX_MATCHES))


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return (match for match in pattern.finditer(text) if match.end() > match.start())


def replacement(match: re.Match[str], template: str, *, regex: bool) -> str:
    r"""Return the replacement for a match. With `regex`, `\1` and `\g<name>` stand for groups.

    Raises InvalidInput if the template is not valid.
    """
    if not regex:
        return template
    try:
        return match.expand(template)
    except (re.error, IndexError) as error:
        raise InvalidInput(f"Not a replacement: {error}", r"Write \1 for the first group and \\ for a backslash.") from error
