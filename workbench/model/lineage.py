"""Lineage: how Lambda counts the turns of a recursive loop, in the tracing header that SDKs pass on.

The form is that of X-Ray's guide ("Tracing header": `Lineage=25:a87bd80c:1`) and of headers of the service: how many invocations
the chain has had, the hash of one function in it, and how often the chain has come back to that one. Which function that is, is
not documented. Here it is the chain's first; if the chain does not come back to it, the function whose turn is a power of two
takes its place (Brent's way of finding a cycle), so that a loop is found that begins later in a chain.

When a function is stopped: Lambda guide, "Use Lambda recursive loop detection to prevent infinite loops".
"""

from __future__ import annotations

import functools
import hashlib
import re

import msgspec

MOST_INVOCATIONS = 16
"""How often a function is invoked in one chain. The next one is stopped."""
_RARE = 32
"""A function that came up in fewer than one of so many turns is not in a loop of up to half as many functions."""
_LAST_TURN = 32_767
_LAST_RETURN = 255
"""Where the counts stay; they matter only to a function that may run in a loop."""
_FIELD = re.compile(r"(?:^|;)\s*Lineage=(\d{1,5}):([0-9a-f]{8}):(\d{1,3})\s*(?=;|$)", re.ASCII | re.IGNORECASE)
_ANY_FIELD = re.compile(r"(?:^|;)\s*Lineage=[^;]*", re.IGNORECASE)


class Lineage(msgspec.Struct, frozen=True):
    """What a chain of invocations says of itself: `turn` counts all invocations, `returns` those of `origin` after its first."""

    turn: int
    origin: str
    returns: int = 0

    def then(self, function: str) -> Lineage:
        """Return the lineage after an invocation of the function with this hash."""
        turn = min(self.turn + 1, _LAST_TURN)
        if function == self.origin:
            return Lineage(turn, function, min(self.returns + 1, _LAST_RETURN))
        if _is_power_of_two(turn) and self.returns * _RARE < turn:  # it came up before the loop began
            return Lineage(turn, function)
        return Lineage(turn, self.origin, self.returns)

    def __str__(self) -> str:
        return f"{self.turn}:{self.origin}:{self.returns}"


def traced(header: str, function_arn: str) -> str:
    """Return the tracing header with which a function is invoked, given the one that came in. `function_arn` may be qualified."""
    function = _hash(function_arn)
    if not _may_have_one(header):
        return f"{header.strip('; ')};Lineage=1:{function}:0".lstrip(";")
    before = _read(header)
    lineage = Lineage(1, function) if before is None else before.then(function)
    others = _ANY_FIELD.sub("", header).strip("; ")
    return f"{others};Lineage={lineage}" if others else f"Lineage={lineage}"


def is_loop(header: str, function_arn: str) -> bool:
    """Whether an invocation of the function with this tracing header would be one too many in its chain."""
    before = _read(header)
    return before is not None and before.returns + 1 >= MOST_INVOCATIONS and before.origin == _hash(function_arn)


def _read(header: str) -> Lineage | None:
    """Return the lineage in a tracing header, None if it has none. Anybody may have written it."""
    found = _FIELD.search(header) if _may_have_one(header) else None
    return None if found is None else Lineage(int(found[1]), found[2].lower(), int(found[3]))


def _may_have_one(header: str) -> bool:
    """Whether it is worth looking for: most chains are of one invocation, and every invocation asks."""
    return "lineage" in header.lower()


@functools.lru_cache(256)  # every invocation asks
def _hash(function_arn: str) -> str:
    """Return the hash of a function, the same for all its versions and aliases."""
    unqualified = ":".join(function_arn.split(":")[:7])
    return hashlib.sha256(unqualified.encode()).hexdigest()[:8]


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
