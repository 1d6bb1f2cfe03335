"""Where secret values stand in texts, however they are written, and the texts with a mask in their place. No I/O.

Signs may be escaped as JSON, Python, JavaScript, URLs, HTML and XML do it, several times over and mixed: each sign of a value is
looked for in all of these ways. Values also stand line by line, in Base64 (RFC 4648) and in hexadecimal. Of a key or token, a
long piece from its beginning or its end counts, too: a line may be cut, and a program may print the first characters of a key.
"""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator

_SHORT = 4
"""Values with fewer characters are found only where they stand alone: within words they would be what is no secret."""
_FEWEST_OF_LINE = 8
"""A log has a value of several lines line by line. Lines of it with fewer characters are common to much else (`-----`)."""
_FEWEST_OF_ENCODED = 6
"""Fewer characters of Base64 in a row are in other data by chance."""
PIECE = 12
"""So many characters of a token, from its beginning or its end, are found without the rest."""
_TOKEN = re.compile(r"[A-Za-z0-9+/=_.~-]{16,}")
"""Of these, pieces are looked for. Addresses and names (`https://…`, `arn:aws:…`) begin as others do that are no secrets."""
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
"""What everybody writes as it is."""
_FEWEST_OF_MARK = 3
_ESCAPES = {"\b": "b", "\f": "f", "\r": "r", "\t": "t", '"': '"', "'": "'", "/": "/"}
_ENTITIES = {"&": "amp|", "<": "lt|", ">": "gt|", '"': "quot|", "'": "apos|"}
_LINE_END = r"(?:\r?\n|(?:\\+r)?\\+n|(?:%(?:25)*0[dD])?%(?:25)*0[aA]|(?:&#(?:13|[xX]0*[dD]);)?&#(?:10|[xX]0*[aA]);)"


class SecretTexts:
    """Masks some values in texts. With none, each call returns what it was given."""

    def __init__(self, values: Iterable[str], mask: str) -> None:
        self._mask = mask
        forms = {form for value in filter(None, values) for form in _forms(value)}
        # The longest first: of two values, one inside the other, the whole of the longer one is to go.
        found = [_Form(form) for form in sorted(forms, key=len, reverse=True)]
        self._within = [form for form in found if not form.is_short]
        self._alone = [form for form in found if form.is_short]
        self._tokens = [form for form in self._within if form.is_token]

    def masked(self, text: str) -> str:
        """Return a text without the values."""
        if any(form.is_all_of(text) for form in self._alone):
            return self._mask
        for form in self._within:
            text = form.masked(text, self._mask)
        for form in self._tokens:  # after all whole ones: a piece of one may be within another
            text = form.without_pieces(text, self._mask)
        return text


class _Form:
    """A value, or what stands for it. `_mark` is in all texts in which it stands, "" if nothing is known of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.is_short = len(text) < _SHORT
        runs = _PLAIN.findall(text)
        mark = max(runs, key=len, default="")
        self._mark = mark if len(mark) >= _FEWEST_OF_MARK else ""
        self._pattern = None if runs == [text] else re.compile("".join(map(_written, text.replace("\r\n", "\n"))))
        self.is_token = _TOKEN.fullmatch(text) is not None

    def is_all_of(self, text: str) -> bool:
        """Whether a text is nothing else."""
        return text == self._text or (self._pattern is not None and self._pattern.fullmatch(text) is not None)

    def masked(self, text: str, mask: str) -> str:
        """Return a text without it."""
        if self._pattern is None:
            return text.replace(self._text, mask)
        return self._pattern.sub(lambda _: mask, text) if self._mark in text else text

    def without_pieces(self, text: str, mask: str) -> str:
        """Return a text without pieces from its beginning or end."""
        piece = self._text[:PIECE]
        while (at := text.find(piece)) >= 0:
            text = text[:at] + mask + text[at + _alike(self._text, text[at:at + len(self._text)]):]
        piece = self._text[-PIECE:]
        while (at := text.find(piece)) >= 0:
            end = at + len(piece)
            begin = end - _alike(self._text[::-1], text[max(end - len(self._text), 0):end][::-1])
            text = text[:begin] + mask + text[end:]
        return text


def _alike(first: str, other: str) -> int:
    """Return with how many characters two texts begin alike."""
    pairs = zip(first, other, strict=False)
    return next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(first), len(other)))


def _forms(value: str) -> Iterator[str]:
    lines = value.splitlines()
    yield value
    yield from (line for line in lines if len(line) >= _FEWEST_OF_LINE)
    if len(value) >= _SHORT:
        yield from _encoded(value.encode("utf-8", "surrogatepass"))


def _encoded(value: bytes) -> Iterator[str]:
    """Yield it in Base64, alone and as a part of something longer (`user:password`), and in hexadecimal.

    Within something longer, the value begins at any of three places of a group. The characters that it shares with what
    stands beside it are left out: they tell a few bits of its first and its last byte.
    """
    yield from (value.hex(), value.hex().upper())
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(value).decode()
        for before, shared in ((0, 0), (1, 2), (2, 3)):
            own = encode(bytes(before) + value)[shared:(before + len(value)) * 8 // 6].decode()
            if len(own) >= _FEWEST_OF_ENCODED:
                yield own


def _written(character: str) -> str:
    """Return an expression for all the ways in which a character is written."""
    if _PLAIN.fullmatch(character):
        return re.escape(character)
    if character == "\n":
        return _LINE_END
    if character == "\\":
        return r"(?:\\+|\\+u005[cC]|%(?:25)*5[cC]|&(?:amp;)*#(?:92|[xX]5[cC]);)"
    code, units = ord(character), character.encode("utf-16-be", "surrogatepass").hex()
    ways = [re.escape(character), "".join(rf"\\+u(?i:{units[at:at + 4]})" for at in range(0, len(units), 4))]
    ways += [rf"\\+{re.escape(_ESCAPES[character])}"] if character in _ESCAPES else []
    ways += [rf"\\+x(?i:{code:02x})"] if code < 0x100 else []
    ways += [rf"\\+U(?i:{code:08x})"] if code > 0xFFFF else []
    ways += [r"\+"] if character == " " else []
    ways.append("".join(rf"%(?:25)*(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass")))
    ways.append(rf"&(?:amp;)*(?:{_ENTITIES.get(character, '')}#0*{code}|#[xX]0*(?i:{code:x}));")
    return f"(?:{'|'.join(ways)})"
