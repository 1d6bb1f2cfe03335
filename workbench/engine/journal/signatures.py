"""What the entries of a block do not have, told by 4 KB: letters and digits that do not follow each other in any of them.

A search passes over a block without reading it if some three or four characters of what it looks for are not in the block's
signature. What is in it may be in the block. Blocks of a file from an earlier version have none.
Source: B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970), with one hash of each n-gram. Measured
on blocks of 256 KiB: 3 ms each, and about a third of the bits are set.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from workbench.engine.journal.entries import is_said
from workbench.engine.journal.folding import folded
from workbench.engine.journal.rows import LINES, PAYLOAD, Row, kind_of

SIGNATURE_BYTES = 4_000
"""With what SQLite adds, as much as one of its pages has room for."""
_BITS = SIGNATURE_BYTES * 8
_MOST_TEXT = 4 << 20
"""A block that has more, in a single event, would have nearly everything in its signature."""
_CHARACTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"
_WORDS = bytes(byte if byte in _CHARACTERS else ord(" ") for byte in range(256))
_NUMBERS = bytes(_CHARACTERS.find(byte) + 1 for byte in range(256))
_INSIDE = bytes(0xFF if byte in _CHARACTERS else 0 for byte in range(256))
_BASE = len(_CHARACTERS) + 1
_FOURTH = 401
"""By this the fourth character is multiplied: no sum is above 16 bits."""
_ROOM = -(-(1 << 16) // _BITS) * _BITS
"""Of numbers of 16 bits, those that are as much apart as a signature has bits are the same in it."""
_IS_SET = ord("1")


class _Line(msgspec.Struct):
    record: str | msgspec.Raw = ""


_decode = msgspec.json.Decoder(list[_Line]).decode


class Signatures:
    """Writes and reads them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def write(self, block: int, rows: Iterable[Row]) -> None:
        """Write that of a block with these rows."""
        self._database.execute("INSERT OR REPLACE INTO signatures VALUES (?, ?)", (block, signature_of(rows)))

    def delete(self, block: int) -> None:
        """Forget a block."""
        self._database.execute("DELETE FROM signatures WHERE block = ?", (block,))

    def of(self, block: int) -> bytes:
        """Return that of a block, nothing if it has none."""
        found = self._database.execute("SELECT grams FROM signatures WHERE block = ?", (block,)).fetchone()
        return found[0] if found and isinstance(found[0], bytes) else b""


def signature_of(rows: Iterable[Row]) -> bytes:
    """Return the signature of a block with these rows, nothing if they are too large for one."""
    text = folded(b"\n".join(_texts(rows)))
    if len(text) > _MOST_TEXT:
        return b""
    # Most words occur many times: only once each are they taken apart.
    words = b" ".join({*text.translate(_WORDS).split()})
    bits = bytearray(b"0") * _ROOM
    for grams in _grams(words):
        for gram in grams:
            bits[gram] = _IS_SET
    signature = 0
    for begin in range(0, _ROOM, _BITS):
        signature |= int(bits[begin:begin + _BITS], 2)
    return signature.to_bytes(SIGNATURE_BYTES, "big")


def may_have(signature: bytes, piece: bytes) -> bool:
    """Whether a block may have letters and digits that follow each other, in lower case. Always, if it has no signature."""
    return len(signature) != SIGNATURE_BYTES or all(signature[at] & bit for at, bit in _bits_of(piece))


@lru_cache(maxsize=1_000)
def _bits_of(piece: bytes) -> tuple[tuple[int, int], ...]:
    places = {gram % _BITS for grams in _grams(piece) for gram in grams if gram}
    return tuple((place >> 3, 0x80 >> (place & 7)) for place in places)


def _grams(words: bytes) -> Iterator[tuple[int, ...]]:
    """Yield numbers of the threes, then of the fours, of characters that follow each other in a word; 0 where they are fewer.

    Each character takes 16 bits of one large number: what is done with that is done with all of them at once.
    """
    count = len(words)
    spread = _spread(words.translate(_NUMBERS))
    inside = _spread(words.translate(_INSIDE)) * 0x101
    threes = (spread * _BASE + (spread >> 16)) * _BASE + (spread >> 32)
    in_threes = inside & (inside >> 16) & (inside >> 32)
    yield _unpacked(threes & in_threes, count)
    yield _unpacked((threes + (spread >> 48) * _FOURTH) & in_threes & (inside >> 48), count)


def _spread(numbers: bytes) -> int:
    return int.from_bytes(numbers.decode("latin-1").encode("utf-16-le"), "little")


def _unpacked(numbers: int, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}H", numbers.to_bytes(2 * count, "little"))


def _texts(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield what the entries of rows have, and Lambda's words on failures, which stand in another row."""
    for _, _, _, encoded in rows:
        kind = kind_of(encoded)
        if kind in LINES:
            yield from _lines(encoded)
        elif is_said(encoded, kind) or (kind == PAYLOAD and b'"isFatal":true' in encoded):
            yield encoded


def _lines(encoded: bytes) -> Iterator[bytes]:
    """Yield the origin of lines, which is that of the first one, and their texts."""
    try:
        lines = _decode(b"[%b]" % encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield encoded
        return
    yield encoded[:encoded.find(b'"record":')]
    yield from (line.record.encode() if isinstance(line.record, str) else bytes(line.record) for line in lines)
