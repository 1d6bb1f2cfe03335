"""Whether a JSON document contains another one, condition by condition. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

_MOST_CHARACTERS = 80
NOTHING = object()
"""In place of what is not there: None is a JSON value."""
ANY = object()
"""In place of a document that is not known yet, or that may be anything."""


class Check(NamedTuple):
    """One condition, such as "$.statusCode = 200", and how it is not met: "$.statusCode is 500, not 200."; "" if it is."""

    text: str
    difference: str = ""

    @property
    def is_met(self) -> bool:
        """Whether there is no difference."""
        return not self.difference


def compared(expected: Any, answered: Any) -> Iterator[Check]:
    """Yield what a JSON document must contain with how another one, or ANY, meets it.

    Walks without recursion: documents may be nested deeper than Python's stack.
    """
    left = [("$", expected, answered)]
    while left:
        path, wanted, got = left.pop()
        got = read(got, got) if isinstance(wanted, dict | list) and isinstance(got, str) else got
        inner = _inner(path, wanted, got)
        if inner is not None:
            left += reversed(inner)
        else:
            yield _checked(path, wanted, got)


def _inner(path: str, wanted: Any, got: Any) -> list[tuple[str, Any, Any]] | None:
    """Return what is to be compared inside; None where there is nothing to go into, or the kinds differ."""
    is_known = got is not ANY
    if isinstance(wanted, dict) and (isinstance(got, dict) or not is_known):
        return [(_member(path, name), value, got.get(name, NOTHING) if is_known else ANY) for name, value in wanted.items()]
    if isinstance(wanted, list) and (not is_known or (isinstance(got, list) and len(got) == len(wanted))):
        return [(f"{path}[{place}]", each, got[place] if is_known else ANY) for place, each in enumerate(wanted)]
    return None


def _checked(path: str, wanted: Any, got: Any) -> Check:
    text, difference = f"{path} = {shown(wanted)}", ""
    if isinstance(wanted, list) and isinstance(got, list):
        difference = f"{path} has {len(got):,} elements, not {len(wanted):,}."
    elif got is NOTHING:
        difference = f"{path} is missing; {shown(wanted)} is expected."
    elif got is not ANY and not _is_same(wanted, got):
        difference = f"{path} is {shown(got)}, not {shown(wanted)}."
    return Check(text, difference)


def read(text: str | bytes, otherwise: Any) -> Any:
    """Return the document in a text, as API Gateway's `body` has it; `otherwise` if it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return otherwise


def _is_same(wanted: Any, got: Any) -> bool:
    """Compare as JSON does: 1 is 1.0, and true is no number."""
    return isinstance(wanted, bool) is isinstance(got, bool) and bool(wanted == got)


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{shown(name)}]"


def shown(value: Any) -> str:
    """Return a value as JSON, cut to a few words."""
    try:
        return cut(msgspec.json.encode(value).decode())
    except RecursionError:
        return "a deeply nested document"


def cut(text: str) -> str:
    """Return the beginning of a text that is long."""
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS - 1]}…"
