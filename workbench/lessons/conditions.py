"""The conditions of a lesson's checks, in words that a teacher writes: `cold`, `init < 100 ms`, `failed Timeout for Orders`.

A condition is about one invocation: it holds as soon as there is one that all of it is true of. There is no other language behind
it, and nothing of it is ever run.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Literal

import msgspec

from workbench.model.failures import InvalidInput

Fact = Literal["cold", "warm", "succeeded", "failed", "expect met"]
Measure = Literal["init", "duration", "billed", "memory", "used"]

FACTS: Mapping[str, Fact] = {
    "cold": "cold", "warm": "warm", "succeeded": "succeeded", "failed": "failed", "expect met": "expect met",
}
TIMES: Mapping[str, Measure] = {"init": "init", "duration": "duration", "billed": "billed"}
SIZES: Mapping[str, Measure] = {"memory": "memory", "used": "used"}
_UNITS_MS = {"ms": 1.0, "s": 1_000.0}
SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, "≤": operator.le, "=": operator.eq,
    ">=": operator.ge, "≥": operator.ge, ">": operator.gt,
}
_WORDS = (*FACTS, *TIMES, *SIZES)
_HINT = ("A condition is cold, warm, succeeded, failed, failed with an error type, expect met, or a figure such as "
         "init < 100 ms, duration > 1 s, billed <= 300 ms, memory = 1024 or used < 128 MB; several are joined by “and”, "
         "and “for” names a function.")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,140}")
_ERROR = re.compile(r"[A-Za-z_$][\w.$:<>]{0,199}")
_FIGURE = re.compile(r"(?P<name>[^\W\d_]+)\s*(?P<sign><=|>=|[<>=≤≥])\s*(?P<value>\d{1,9}(?:\.\d{1,3})?)\s*(?P<unit>[^\W\d_]*)")
LONGEST = 200
"""Characters of a condition."""


class Term(msgspec.Struct, frozen=True, tag=True):
    """Something that is true of an invocation or not. `error`: the error type that it failed with, "" for any."""

    fact: Fact
    error: str = ""


class Figure(msgspec.Struct, frozen=True, tag=True):
    """A figure of REPORT, in milliseconds or MB, and what it has to be."""

    measure: Measure
    sign: str
    value: float


class Condition(msgspec.Struct, frozen=True):
    """All of these are true of one invocation, of `function` if that is not ""."""

    terms: tuple[Term | Figure, ...]
    function: str = ""


def read_condition(text: str) -> Condition:
    """Return the condition that is written. Raises InvalidInput, which says what is wrong with it and what could be written."""
    words = " ".join(text.split())
    if len(words) > LONGEST:
        raise InvalidInput(f"the condition has more than {LONGEST} characters.", _HINT)
    all_of_it, _, function = words.partition(" for ")
    if function and not _FUNCTION.fullmatch(function):
        raise InvalidInput(f"“{function}” is no name of a function.", "After “for” stands one function's name: cold for Orders.")
    return Condition(tuple(map(_term, all_of_it.split(" and "))), function)


def _term(words: str) -> Term | Figure:
    if words in FACTS:
        return Term(FACTS[words])
    if words.startswith("failed "):
        return Term("failed", _error(words.removeprefix("failed ")))
    figure = _FIGURE.fullmatch(words)
    if figure is None:
        raise InvalidInput(f"“{words}” is no condition{_meant(words)}." if words else "the condition is empty.", _HINT)
    return _figure(figure["name"], figure["sign"], float(figure["value"]), figure["unit"])


def _error(name: str) -> str:
    if not _ERROR.fullmatch(name):
        raise InvalidInput(f"“{name}” is no error type.", "After “failed” stands an error type such as Timeout or ValueError.")
    return name


def _figure(name: str, sign: str, value: float, unit: str) -> Figure:
    if name in TIMES:
        if unit not in _UNITS_MS:
            wrong = f"and “{unit}” is no unit of it" if unit else "and has no unit"
            raise InvalidInput(f"{name} is a time, {wrong}.", f"Write ms or s: {name} {sign} {value:g} ms.")
        return Figure(TIMES[name], sign, value * _UNITS_MS[unit])
    if name in SIZES:
        if unit not in ("", "MB"):
            raise InvalidInput(f"{name} is a size in MB, and “{unit}” is no unit of it.", f"Write {name} {sign} {value:g} MB.")
        return Figure(SIZES[name], sign, value)
    raise InvalidInput(f"“{name}” is no figure{_meant(name)}.", _HINT)


def _meant(words: str) -> str:
    first = words.split(" ")[0].lower()
    close = get_close_matches(first, _WORDS, 1, 0.6) if first not in _WORDS else []
    return f" (is “{close[0]}” meant?)" if close else ""
