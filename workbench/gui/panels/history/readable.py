"""Events, results and logs as lines that people read and compare. All of it may take a second, so it belongs on a thread."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import msgspec

from workbench.state.invocation import Invocation
from workbench.state.text_comparison import difference

MOST_CHARACTERS = 200_000
"""Of a longer text only the beginning is shown: Qt takes 0.1 s for twice as much."""
LONGEST_LINE = 5_000
"""Of a longer line, too: one of 400,000 characters takes Qt long to lay out."""


class Texts(NamedTuple):
    """What an invocation was sent, answered and logged."""

    event: str
    result: str
    log: str


class PartDifference(NamedTuple):
    """How two of these differ: a unified diff without the lines that name the texts, or a sentence about why there is none."""

    name: str
    differs: bool
    diff: str
    told: str


def as_it_is(invocation: Invocation) -> Invocation:
    """Return the same: everything of it is to be seen."""
    return invocation


def texts_of(invocation: Invocation) -> Texts:
    """Return what can be shown of an invocation."""
    return Texts(readable(invocation.event_text), readable(invocation.payload), "\n".join(invocation.log_lines()))


def readable(text: str) -> str:
    """Return the beginning of JSON with a member a line, of other text as it is."""
    text = "\n".join(map(_shortened, _formatted(text).split("\n")))
    more = len(text) - MOST_CHARACTERS
    return text if more <= 0 else f"{text[:MOST_CHARACTERS]}\n… {more:,} characters more"


def differences_of(left: Invocation, right: Invocation) -> list[PartDifference]:
    """Return how two invocations' events, results and logs differ, whole and JSON member by member."""
    return [
        _difference("Event", left.event_text, right.event_text), _difference("Result", left.payload, right.payload),
        _difference("Log", "\n".join(left.log_lines()), "\n".join(right.log_lines()))]


def _difference(name: str, left: str, right: str) -> PartDifference:
    one, other = _formatted(left), _formatted(right)
    found = difference(one, other, "earlier", "later")
    return PartDifference(name, one != other, "\n".join(found.diff.split("\n")[2:]), found.told)


def _formatted(text: str) -> str:
    with contextlib.suppress(msgspec.DecodeError, UnicodeEncodeError):
        return msgspec.json.format(text, indent=2)
    return text


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}… {len(line) - LONGEST_LINE:,} characters more"
