"""Conditions beyond equality: `{"$atLeast": 0}` in place of a value. What they are called, what they take, when they are met."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from workbench.state.json_texts import InvalidCondition, cut, shown


class Comparison(NamedTuple):
    """What compares one value with another: "≥ 0" as a condition, "at least 0" in a sentence. `takes`: as `_fault` tells it."""

    sign: str
    words: str
    takes: str
    is_met: Callable[[Any, Any], bool]


def is_ordered(wanted: Any, got: Any) -> bool:
    """Whether two values can be compared by size: two numbers, or two texts (such as dates)."""
    return (is_number(wanted) and is_number(got)) or (isinstance(wanted, str) and isinstance(got, str))


def is_number(value: Any) -> bool:
    """Whether it is a number of JSON: true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@lru_cache(maxsize=256)
def pattern(source: str) -> re.Pattern[str]:
    """Return a regular expression. Raises re.error if it is invalid."""
    return re.compile(source)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda wanted, got: is_ordered(wanted, got) and compare(got, wanted)


ORDERS = {
    "$atLeast": Comparison("≥", "at least", "a number or a text", _ordered(operator.ge)),
    "$atMost": Comparison("≤", "at most", "a number or a text", _ordered(operator.le)),
    "$above": Comparison(">", "above", "a number or a text", _ordered(operator.gt)),
    "$below": Comparison("<", "below", "a number or a text", _ordered(operator.lt)),
}
MATCHES, EXISTS, LENGTH, CONTAINS, EQUALS = "$matches", "$exists", "$length", "$contains", "$equals"
NAMES = (*ORDERS, MATCHES, EXISTS, LENGTH, CONTAINS, EQUALS)
"""In the order in which they are told."""
_ELSEWHERE = {
    "$atLeast": "gte ge min minimum", "$atMost": "lte le max maximum", "$above": "gt greater greaterthan morethan",
    "$below": "lt less lessthan", MATCHES: "regex regexp pattern re like", EXISTS: "present absent missing notexists defined",
    LENGTH: "len size count", CONTAINS: "includes has", EQUALS: "eq equal is exactly"}
_BY_OTHER_NAME = {f"${other}": name for name, others in _ELSEWHERE.items() for other in others.split()}
_BY_LOWER_CASE = {name.lower(): name for name in NAMES}


def is_condition(value: Any) -> bool:
    """Whether an object is a condition (or several) instead of a part of an answer."""
    return isinstance(value, dict) and any(name in NAMES for name in value)


def check_names(path: str, members: dict[str, Any], own: tuple[str, ...] = ()) -> None:
    """Raise InvalidCondition for an object that is neither a condition nor part of an answer. `own`: names with a meaning."""
    for name in members:
        if name.startswith("$") and name not in NAMES and (meant := _meant(name, own)):
            known = f"Conditions are {', '.join(NAMES)}{', '.join(('', *own))}."
            raise InvalidCondition(
                name, f"{path} has {shown(name)}, which is no condition. Did you mean {shown(meant)}?",
                f'{known} If the answer has a member of this name, put {{"{EQUALS}": …}} around its object.')
    others = [name for name in members if name not in NAMES]
    if others and is_condition(members):
        condition = next(name for name in members if name in NAMES)
        raise InvalidCondition(
            others[0], f"{path} has {shown(others[0])} beside the condition {condition}.",
            f"An object with a condition has nothing else. Conditions are {', '.join(NAMES)}.")


def check_operand(path: str, name: str, value: Any) -> None:
    """Raise InvalidCondition for a value that a condition cannot have. `$contains` and `$length` may have conditions inside."""
    fault = _fault(name, value)
    if fault:
        raise InvalidCondition(name, f"{name} at {path} {fault}.", _EXAMPLES.get(name, f'For example {{"{name}": 0}}.'))


_EXAMPLES = {
    MATCHES: 'For example {"$matches": "^order-[0-9]+$"}.', EXISTS: '{"$exists": false} expects that there is none.',
    LENGTH: 'For example {"$length": 2}, or {"$length": {"$atLeast": 1}}.'}


def _fault(name: str, value: Any) -> str:
    is_text, told = isinstance(value, str), shown(value)
    if name in ORDERS and not is_text and not is_number(value):
        return f"takes {ORDERS[name].takes}, not {told}"
    if name == EXISTS and not isinstance(value, bool):
        return f"takes true or false, not {told}"
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if name == LENGTH and not is_count and not (isinstance(value, dict) and value and value.keys() <= ORDERS.keys()):
        return f"takes a number of characters, elements or members, or a condition with {', '.join(ORDERS)}, not {told}"
    if name == MATCHES:
        return _pattern_fault(value) if is_text else f"takes a regular expression in a text, not {told}"
    return ""


def _pattern_fault(source: str) -> str:
    try:
        pattern(source)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression, {cut(str(error))}"
    if _may_take_forever(source):
        return "repeats what is repeated already, which can take forever (write the inner one as ++ or *+)"
    return ""


def _may_take_forever(source: str) -> bool:
    try:
        return _repeats_repeats(re._parser.parse(source), inside=False)  # type: ignore[attr-defined]
    except (AttributeError, IndexError, TypeError):  # a Python that has another parser, which is not documented
        return False


def _repeats_repeats(parsed: Any, *, inside: bool) -> bool:
    """Whether a repetition without end is inside another: Python tries all ways to divide a text among them."""
    if isinstance(parsed, list | tuple) or hasattr(parsed, "data"):
        items = list(parsed)
        if len(items) == 2 and str(items[0]) in ("MAX_REPEAT", "MIN_REPEAT"):
            most = items[1][1]
            is_endless = most == re._constants.MAXREPEAT  # type: ignore[attr-defined]
            return (is_endless and inside) or _repeats_repeats(items[1][2], inside=inside or is_endless)
        return any(_repeats_repeats(item, inside=inside) for item in items)
    return False


def _meant(name: str, own: tuple[str, ...]) -> str:
    """Return the condition that a name is another spelling of; "" if it is likely to be a member of an answer, as `$metadata`."""
    lower = name.lower()
    if name in own:
        return ""
    known = {**_BY_LOWER_CASE, **{each.lower(): each for each in own}}
    near = difflib.get_close_matches(lower, known, n=1, cutoff=0.75)
    return known.get(lower) or _BY_OTHER_NAME.get(lower, "") or (known[near[0]] if near else "")
