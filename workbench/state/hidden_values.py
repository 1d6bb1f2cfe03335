"""Values that are not to be seen now, such as secrets while others look on, and what is shown in their place. No I/O."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

import msgspec

from workbench.model.overrides import MASK
from workbench.state.invocation import Invocation

_SHORT = 4
"""Values with fewer characters are hidden only where they stand alone: within words they would hide what is no secret."""
_FEWEST_OF_LINE = 8
"""A log has a value of several lines line by line. Lines of it with fewer characters are common to much else (`-----`)."""
_FEWEST_OF_ENCODED = 6
"""Fewer characters of Base64 in a row are in other data by chance."""


class HiddenValues:
    """Whoever shows what a function got, logged or answered asks it for the text to show. For the window's thread.

    With nothing to hide each call returns what it was given, so that a flood of lines takes no longer than without it.
    """

    def __init__(self) -> None:
        self._alone: frozenset[str] = frozenset()
        self._within: tuple[str, ...] = ()
        self.version = 0
        """Another one whenever other values are hidden, for those who keep what they have made."""

    def hide(self, values: Iterable[str]) -> None:
        """Hide these as well from now on."""
        forms = self._alone.union(*map(_forms, filter(None, values)))
        if forms != self._alone:
            # The longest first: of two values, one inside the other, the whole of the longer one is to go.
            self._set(forms, tuple(sorted((form for form in forms if len(form) >= _SHORT), key=len, reverse=True)))

    def show_all(self) -> None:
        """Hide nothing from now on."""
        if self._alone:
            self._set(frozenset(), ())

    def text(self, text: str) -> str:
        """Return a text as it is to be seen."""
        if not self._alone:
            return text
        if text in self._alone:
            return MASK
        for form in self._within:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def content(self, content: bytes) -> bytes:
        """Return text in UTF-8 as it is to be seen; bytes that are no UTF-8 stay."""
        if not self._alone:
            return content
        return self.text(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def invocation(self, invocation: Invocation) -> Invocation:
        """Return an invocation as it is to be seen. The size of its payload is that of what is seen."""
        if not self._alone:
            return invocation
        payload, startup = self.text(invocation.payload), invocation.startup
        more_bytes = _size(payload) - _size(invocation.payload)
        return msgspec.structs.replace(
            invocation, payload=payload, payload_bytes=invocation.payload_bytes + more_bytes,
            event_text=self.text(invocation.event_text), stop_detail=self.text(invocation.stop_detail),
            own_lines=self._lines(invocation.own_lines),
            startup=None if startup is None else msgspec.structs.replace(startup, lines=self._lines(startup.lines)))

    def _lines(self, lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
        return [(seq, self.text(text)) for seq, text in lines]

    def _set(self, alone: frozenset[str], within: tuple[str, ...]) -> None:
        self._alone, self._within = alone, within
        self.version += 1


def _forms(value: str) -> set[str]:
    """Return a value as it stands in texts: as it is, in JSON, in Python's and Node.js's own notation, in URLs, line by line, in
    Base64 and in hexadecimal.
    """
    lines = [line for line in value.splitlines() if len(line) >= _FEWEST_OF_LINE] if "\n" in value else []
    return {value, *_written(value), *lines, *_encoded(value.encode("utf-8", "surrogatepass"))}


def _written(value: str) -> Iterator[str]:
    for with_escapes in (True, False):
        yield json.dumps(value, ensure_ascii=with_escapes)[1:-1]
    yield repr(value)[1:-1]
    yield from (quote(value, safe=""), quote_plus(value)) if value.isprintable() else ()


def _encoded(value: bytes) -> Iterator[str]:
    """Yield it in Base64 (RFC 4648), alone and as a part of something longer (`user:password`), and in hexadecimal.

    Within something longer, the value begins at any of three places of a group. The characters that it shares with what
    stands beside it are left out: they tell a few bits of its first and its last byte.
    """
    if len(value) < _SHORT:
        return
    yield from (value.hex(), value.hex().upper())
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(value).decode()
        for before, shared in ((0, 0), (1, 2), (2, 3)):
            own = encode(bytes(before) + value)[shared:(before + len(value)) * 8 // 6].decode()
            if len(own) >= _FEWEST_OF_ENCODED:
                yield own


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
