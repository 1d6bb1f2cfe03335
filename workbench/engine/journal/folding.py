"""The bytes of the journal as a search compares them: in lower case, and with ASCII letters in place of what is equal to them.

Texts are compared by `str.casefold`, and expressions match with `re.IGNORECASE`: to both, a few characters that are not ASCII are
equal to letters that are. With those replaced, the pieces of what is found stand in the bytes as they were asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby

from workbench.engine.journal.rows import Row

_EQUAL = {
    "ß": "ss", "ẞ": "ss", "ſ": "s", "\u212a": "k", "ı": "i", "İ": "i", "ŉ": " n", "ǰ": "j ", "ẖ": "h ", "ẗ": "t ", "ẘ": "w ",
    "ẙ": "y ", "ẚ": "a ", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LETTERS = {character.encode(): letters.encode() for character, letters in _EQUAL.items()}
_FIND = re.compile(b"|".join(_LETTERS))


def folded(encoded: bytes) -> bytes:
    """Return the JSON of a row as it is compared."""
    if not encoded.isascii():
        encoded = _FIND.sub(lambda found: _LETTERS[found[0]], encoded)
    return encoded.lower()


def folded_rows(rows: Iterable[Row]) -> bytes:
    """Return the JSON of rows as it is compared."""
    return folded(b"\n".join([row[3] for row in rows]))


def pieces_of(text: str) -> list[bytes]:
    """Return what stands in the bytes of every text that has this one: without what JSON writes otherwise, or what has a case."""
    groups = ("".join(group) for is_plain, group in groupby(text, _is_plain) if is_plain)
    return list(dict.fromkeys(group.strip().lower().encode() for group in groups if not group.isspace()))


def _is_plain(character: str) -> bool:
    if character.isascii():
        return character.isprintable() and character not in '"\\'
    return unicodedata.category(character) == "Lo"  # letters without a case
