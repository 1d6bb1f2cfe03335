"""Bytes as rows of a hexadecimal dump: offset, sixteen bytes, the characters that they are in ASCII."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.state.text_lines import MOST_FOUND, Found

PER_ROW = 16
_ASCII_AT = 8 + 2 + 23 + 2 + 23 + 3
"""The column in which the characters begin: after the offset and the bytes, which have a wider gap in their middle."""


class HexLines:
    """The rows of some bytes, each made when it is looked at."""

    longest = _ASCII_AT + PER_ROW + 1

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return -(-len(self._content) // PER_ROW)

    def __getitem__(self, row: int) -> str:
        part = self._content[row * PER_ROW:(row + 1) * PER_ROW]
        left, right = part[:8].hex(" "), part[8:].hex(" ")
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        return f"{row * PER_ROW:08x}  {left:<23}  {right:<23}  |{shown}|"

    def continues(self, row: int) -> bool:
        """Whether a row is part of the line before it: none is."""
        del row
        return False

    def joined(self, first: int, last: int) -> str:
        """Return rows as text."""
        return "\n".join(self[row] for row in range(first, last + 1))

    def find(self, needle: str) -> list[Found]:
        """Return the places of a text, or of bytes as the dump writes them (`ff d8`); one that goes on ends with its row."""
        places = sorted({*self._places(needle.encode()), *self._places(_bytes_of(needle))})[:MOST_FOUND]
        return [Found(at // PER_ROW, _ASCII_AT + at % PER_ROW,
                      _ASCII_AT + min(at % PER_ROW + max(len(needle.encode()), 1), PER_ROW)) for at in places]

    def _places(self, sought: bytes) -> Iterator[int]:
        at = self._content.find(sought) if sought else -1
        for _ in range(MOST_FOUND):
            if at < 0:
                return
            yield at
            at = self._content.find(sought, at + 1)


def _bytes_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
