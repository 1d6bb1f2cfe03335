"""Whether a JSON document contains another one, condition by condition. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from workbench.state.json_operators import (
    CONTAINS,
    EQUALS,
    EXISTS,
    LENGTH,
    MATCHES,
    ORDERS,
    check_names,
    check_operand,
    is_condition,
    is_ordered,
    pattern,
)
from workbench.state.json_texts import InvalidCondition, cut, member, read, shown

NOTHING = object()
"""In place of what is not there: None is a JSON value."""
ANY = object()
"""In place of a document that is not known yet, or that may be anything."""
_MOST_INSIDE = 20
"""As many lists may be asked for what they contain, one inside the other."""


class Check(NamedTuple):
    """One condition, such as "$.statusCode = 200", and how it is not met: "$.statusCode is 500, not 200."; "" if it is."""

    text: str
    difference: str = ""

    @property
    def is_met(self) -> bool:
        """Whether there is no difference."""
        return not self.difference


def examine(expected: Any, path: str = "$", own: tuple[str, ...] = (), inside: int = 0) -> None:
    """Raise InvalidCondition, with its place, for what looks like a condition and is none. `own`: names with a meaning there."""
    if inside > _MOST_INSIDE:
        raise InvalidCondition(
            CONTAINS, f"{CONTAINS} is nested too deeply at {cut(path)}.", f"It may be {_MOST_INSIDE} times inside itself.")
    left = [(path, expected, own)]
    while left:
        place, wanted, names = left.pop()
        if isinstance(wanted, dict):
            check_names(place, wanted, names)
            if is_condition(wanted):
                _examine_condition(place, wanted, inside)
            else:
                left += [(member(place, name), value, ()) for name, value in wanted.items()]
        elif isinstance(wanted, list):
            left += [(f"{place}[{number}]", each, ()) for number, each in enumerate(wanted)]


def _examine_condition(path: str, condition: dict[str, Any], inside: int) -> None:
    for name, value in condition.items():
        check_operand(path, name, value)
        if name == CONTAINS:
            examine(value, path, (), inside + 1)
        elif name == LENGTH and isinstance(value, dict):
            _examine_condition(f"the length of {path}", value, inside)


def compared(expected: Any, answered: Any, path: str = "$") -> Iterator[Check]:
    """Yield what a JSON document must contain with how another one, or ANY, meets it.

    Walks without recursion, but for `$contains`: documents may be nested deeper than Python's stack.
    """
    left = [(path, expected, answered)]
    while left:
        path, wanted, got = left.pop()
        if is_condition(wanted):
            yield from _conditions(path, wanted, got)
            continue
        got = _opened(wanted, got)
        inner = _inner(path, wanted, got)
        if inner is not None:
            left += reversed(inner)
        else:
            yield _checked(path, wanted, got)


def at(document: Any, steps: list[str | int]) -> Any:
    """Return what is at a place in a document, or in the JSON of its texts; NOTHING if nothing is."""
    for step in steps:
        document = read(document, document) if isinstance(document, str) else document
        if isinstance(document, dict):
            document = document.get(str(step), NOTHING)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return document if document is ANY else NOTHING
    return document


def _opened(wanted: Any, got: Any) -> Any:
    """Read a text as JSON where an object or a list is wanted."""
    return read(got, got) if isinstance(wanted, dict | list) and isinstance(got, str) else got


def _conditions(path: str, condition: dict[str, Any], got: Any) -> Iterator[Check]:
    for name, wanted in condition.items():
        if name == LENGTH:
            yield from _length(path, wanted, got)
            continue
        told, words = _told(name, wanted)
        difference = ""
        if name == EXISTS:
            is_there = got is not NOTHING
            if got is not ANY and is_there is not wanted:
                difference = f"{path} is {shown(got)}, and expected to be absent." if is_there else f"{path} is missing."
        elif got is NOTHING:
            difference = f"{path} is missing; {words} is expected."
        elif got is not ANY:
            difference = _difference(path, name, wanted, got)
        yield Check(f"{path} {told}", difference)


def _told(name: str, wanted: Any) -> tuple[str, str]:
    """Return a condition behind a place, and in a sentence."""
    if name == EXISTS:
        return ("exists", "") if wanted else ("is absent", "")
    if name == EQUALS:
        return f"= {shown(wanted)}", shown(wanted)
    if name in ORDERS:
        return f"{ORDERS[name].sign} {shown(wanted)}", f"{ORDERS[name].words} {shown(wanted)}"
    if name == MATCHES:
        return f"matches /{cut(wanted)}/", f"a text that matches /{cut(wanted)}/"
    return f"contains {_brief(wanted)}", f"something that contains {_brief(wanted)}"


def _brief(wanted: Any) -> str:
    """Return what is to be contained; of an object its conditions."""
    if isinstance(wanted, dict) and wanted:
        return cut("{" + ", ".join(check.text.removeprefix("$.") for check in compared(wanted, ANY)) + "}")
    return shown(wanted)


def _difference(path: str, name: str, wanted: Any, got: Any) -> str:
    is_text = isinstance(got, str)
    if name in ORDERS:
        if not is_ordered(wanted, got):
            return f"{path} is {shown(got)}, and no {'text' if isinstance(wanted, str) else 'number'}."
        return "" if ORDERS[name].is_met(wanted, got) else f"{path} is {shown(got)}, not {ORDERS[name].words} {shown(wanted)}."
    if name == MATCHES:
        if not is_text:
            return f"{path} is {shown(got)}, and no text."
        return "" if pattern(wanted).search(got) else f"{path} is {shown(got)}, and does not match /{cut(wanted)}/."
    if name == EQUALS:
        return "" if _is_all(wanted, _opened(wanted, got)) else f"{path} is {shown(got)}, not exactly {shown(wanted)}."
    return _containing(path, wanted, got)


def _containing(path: str, wanted: Any, got: Any) -> str:
    got = got if isinstance(wanted, str) else read(got, got) if isinstance(got, str) else got
    if isinstance(got, str) and isinstance(wanted, str):
        is_met = wanted in got
    elif isinstance(got, list):
        is_met = any(all(check.is_met for check in compared(wanted, each)) for each in got)
    else:
        return f"{path} is {shown(got)}, and {'neither a text nor' if isinstance(wanted, str) else 'not'} a list."
    return "" if is_met else f"{path} is {shown(got)}, and does not contain {_brief(wanted)}."


def _length(path: str, wanted: Any, got: Any) -> Iterator[Check]:
    place = f"length of {path}"
    if isinstance(got, str | list | dict):
        for check in compared(wanted, len(got), place):
            yield Check(check.text, f"The {check.difference}" if check.difference else "")
        return
    fault = "" if got is ANY else f"{path} is missing." if got is NOTHING else f"{path} is {shown(got)}, which has no length."
    yield from (Check(check.text, fault) for check in compared(wanted, ANY, place))


def _is_all(wanted: Any, got: Any) -> bool:
    """Whether two documents are the same, without members that are not named."""
    left = [(wanted, got)]
    while left:
        one, other = left.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            left += [(value, other[name]) for name, value in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            left += zip(one, other, strict=True)
        elif not _is_same(one, other):
            return False
    return True


def _inner(path: str, wanted: Any, got: Any) -> list[tuple[str, Any, Any]] | None:
    """Return what is to be compared inside; None where there is nothing to go into, or the kinds differ."""
    is_known = got is not ANY
    if isinstance(wanted, dict) and (isinstance(got, dict) or not is_known):
        return [(member(path, name), value, got.get(name, NOTHING) if is_known else ANY) for name, value in wanted.items()]
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


def _is_same(wanted: Any, got: Any) -> bool:
    """Compare as JSON does: 1 is 1.0, and true is no number."""
    return isinstance(wanted, bool) is isinstance(got, bool) and bool(wanted == got)
