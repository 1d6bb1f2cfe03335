"""Characters in place of their escapes in JSON that is looked at. No I/O."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\\\\|\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|\\u(?P<single>[0-9a-fA-F]{4})")
"""An escaped backslash, which is passed over; a pair of surrogates; any other escape by number."""


def without_escapes(text: str) -> str:
    """Return JSON, or a part of it, with characters in place of their escapes.

    Lambda's runtimes up to Python 3.11 write every character beyond ASCII as an escape, whatever the function returned.
    """
    return _ESCAPES.sub(_character, text) if "\\u" in text else text


def _character(match: re.Match[str]) -> str:
    """Return what an escape stands for, if it can be seen: control characters and halves of a pair stay escapes."""
    high, low, single = match["high"], match["low"], match["single"]
    if single is None and high is None:
        return match[0]
    code = int(single, 16) if single is not None else 0x10000 + ((int(high, 16) & 0x3FF) << 10 | int(low, 16) & 0x3FF)
    character = chr(code)
    return character if code > 0x7F and character.isprintable() else match[0]
