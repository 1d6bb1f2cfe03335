"""Joins characters that a document writes as surrogate pairs: `\\ud83d\\ude80` is one character, half a pair is none."""

from __future__ import annotations

import re

_HALF = re.compile("[\ud800-\udfff]")


def whole_characters(text: str) -> str:
    """Return the text with surrogate pairs joined, as JSON defines them (RFC 8259, section 7); a lone half becomes U+FFFD."""
    if text.isascii() or not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
