"""What in a text changes with each run, such as request IDs and times, and a regular expression for what stays. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

_NEAR = timedelta(days=1)
"""A time that is as near to the invocation is likely to be that of the run; others are data."""
_LONGEST = 160
"""A longer expression is read by nobody."""
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")


class _Kind(NamedTuple):
    """What is looked for, what any other of its kind matches, and whether this one changes: (found, moment of the invocation)."""

    looks: str
    any_other: str
    changes: Callable[[str, datetime], bool]


def _always(_found: str, _moment: datetime) -> bool:
    return True


def _is_near(found: str, moment: datetime) -> bool:
    try:
        time = datetime.fromisoformat(found.replace(",", "."))
    except ValueError:
        return False
    return abs((time if time.tzinfo else time.replace(tzinfo=UTC)) - moment) <= _NEAR


def _is_near_date(found: str, moment: datetime) -> bool:
    try:
        return abs(parsedate_to_datetime(found) - moment) <= _NEAR
    except (ValueError, TypeError):
        return False


def is_near_epoch(number: float, moment: datetime) -> bool:
    """Whether a number is a time near that of an invocation: in seconds, milliseconds, microseconds or nanoseconds since 1970."""
    return any(abs(number / scale - moment.timestamp()) <= _NEAR.total_seconds() for scale in (1, 1e3, 1e6, 1e9))


_KINDS = (
    _Kind(r"\d{4}/\d\d/\d\d/\[[^\]]{1,128}\][0-9a-f]{32}", r"[0-9/]{11}\[[^\]]+\][0-9a-f]{32}", _always),  # a log stream
    _Kind(r"\b1-[0-9a-f]{8}-[0-9a-f]{24}\b", "1-[0-9a-f]{8}-[0-9a-f]{24}", _always),  # an X-Ray trace
    _Kind(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "[0-9a-f-]{36}", _always),
    _Kind(r"\b[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}\b", "[0-9A-F-]{36}", _always),
    _Kind(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\b",
          "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", _is_near_date),
    _Kind(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d|\b)",
          "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,Z+-]+", _is_near),
    _Kind(r"\b\d{4}-\d\d-\d\d\b", "[0-9]{4}-[0-9]{2}-[0-9]{2}", _is_near),
    _Kind(r"\b\d{10}(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?\b", r"[0-9]{10}[0-9.]*",
          lambda found, moment: is_near_epoch(float(found), moment)),
    _Kind(r"\b\d+(?:\.\d+)? ?(?:ms|µs|milliseconds|seconds)\b", "[0-9.]+ ?[a-zµ]+", _always),
    _Kind(r"\b0x[0-9a-f]{6,16}\b", "0x[0-9a-f]+", _always),  # where Python keeps an object
)
_ANY = re.compile("|".join(f"({kind.looks})" for kind in _KINDS))


def pattern_of(text: str, moment: datetime, is_known: Callable[[str], bool]) -> str:
    """Return a regular expression for a text and others like it; "" if nothing in it changes, or too much stays.

    `is_known`: whether a part of the text does not change, because the event has it too.
    """
    made, place = [], 0
    for match in _ANY.finditer(text):
        kind = _KINDS[(match.lastindex or 1) - 1]
        if kind.changes(match[0], moment) and not is_known(match[0]):
            made += [_escaped(text[place:match.start()]), kind.any_other]
            place = match.end()
    expression = "".join(("^", *made, _escaped(text[place:]), "$"))
    return expression if made and len(expression) <= _LONGEST else ""


def lasting_part(text: str, moment: datetime) -> str:
    """Return the longest line, or part of one, in which nothing changes; all of the text if nothing does."""
    changing = [match for match in _ANY.finditer(text) if _KINDS[(match.lastindex or 1) - 1].changes(match[0], moment)]
    if not changing:
        return text
    ends = [0, *(match.end() for match in changing)]
    parts = [text[end:start] for end, start in zip(ends, [*(match.start() for match in changing), len(text)], strict=True)]
    return max((line.strip() for part in parts for line in part.splitlines()), key=len, default="")[:_LONGEST // 2]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
