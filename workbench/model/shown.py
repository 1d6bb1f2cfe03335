"""Makes foreign text safe to show: nothing in it can move the cursor, erase a line or reverse the reading direction."""

from __future__ import annotations

import re

_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_TURNING}]"
"""C0 (except tab and new line), C1, and the marks of the Unicode Bidirectional Algorithm (UAX 9). Compiled when used first, not
while a command or the window starts.
"""


def shown(text: str) -> str:
    """Return the text with control and direction characters as escapes ("\\x1b")."""
    return re.sub(_UNSEEN, lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
