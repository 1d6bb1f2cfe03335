"""Text of others on its way to a person: nothing in it moves the cursor, wipes a line or turns the direction of reading."""

from __future__ import annotations

import re

_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_TURNING}]")
"""C0 (but tab and new line) and C1, and the marks of the Unicode Bidirectional Algorithm (UAX 9)."""


def shown(text: str) -> str:
    """The text with such characters as escapes ("\\x1b")."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
