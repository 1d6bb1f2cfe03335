"""Characters that a document writes in halves: `\\ud83d\\ude80` is one character, a half alone is none."""

from __future__ import annotations

import re

_HALF = re.compile("[\ud800-\udfff]")


def whole_characters(text: str) -> str:
    """The text with halves put together, as JSON means them (RFC 8259, section 7); one that stays alone becomes U+FFFD."""
    if text.isascii() or not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
