"""Events, results and logs as lines that people read and compare."""

from __future__ import annotations

import contextlib
import difflib

import msgspec

from workbench.model.comparisons import FileDifference, FileFacts
from workbench.state.invocation import Invocation

MOST_CHARACTERS = 400_000
"""Of a longer text only the beginning is shown."""


def readable(text: str) -> str:
    """Return JSON with a member a line, other text as it is."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeEncodeError):
        text = msgspec.json.format(text, indent=2)
    more = len(text) - MOST_CHARACTERS
    return text if more <= 0 else f"{text[:MOST_CHARACTERS]}\n… {more:,} characters more"


def as_it_is(invocation: Invocation) -> Invocation:
    """Return the same: everything of it is to be seen."""
    return invocation


def text_difference(name: str, left: str, right: str) -> FileDifference:
    """Return how two texts differ, JSON member by member."""
    one, other = readable(left), readable(right)
    hunks = list(difflib.unified_diff(one.splitlines(), other.splitlines(), n=3, lineterm=""))[2:]
    facts = [FileFacts(size_bytes=len(text.encode(errors="surrogatepass")), sha256="") for text in (left, right)]
    return FileDifference(path=name, left=facts[0], right=facts[1], diff="\n".join(hunks),
                          why_no_diff="" if hunks else f"{name}: the same.")
