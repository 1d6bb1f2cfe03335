"""The names in a template for what had other names until now: logical IDs for functions, layers and variables."""

from __future__ import annotations

import re
from collections.abc import Collection

_LONGEST = 200
"""Of the 255 characters of a logical ID, SAM needs some for the names of what it generates."""


def free_logical_id(name: str, end: str, taken: Collection[str]) -> str:
    """Return a logical ID for something called `name`: as words with capitals, then `end`, numbered if taken."""
    base = words(name)[:_LONGEST] + end
    number, found = 1, base
    while _clashes(found, taken):
        number += 1
        found = f"{base}{number}"
    return found


def words(name: str) -> str:
    """Return a name as words with capitals, without what no logical ID has: `resize-image` -> `ResizeImage`."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", name) if part]
    return "".join(part[0].upper() + (part[1:].lower() if part.isupper() else part[1:]) for part in parts) or "Function"


def _clashes(logical_id: str, taken: Collection[str]) -> bool:
    """Whether a resource of this logical ID, or the role that SAM generates for it, would meet another one."""
    return logical_id in taken or f"{logical_id}Role" in taken
