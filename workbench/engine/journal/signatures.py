"""What the log, the events and the results of a block do not have, told by some 5 KB: characters that do not follow each other.

A search passes over a block without reading it if some characters of what it looks for do not follow each other in the place
where it looks. What a signature has, the block may have. Texts are taken apart into words (letters, digits, all that is not
ASCII) and runs of other signs. A signature tells exactly which two characters follow each other in one of these, and by bits,
each shared by several, which three and which four bytes. Blocks of files from earlier versions have none.
Source: B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970), with one hash of each n-gram.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from workbench.engine.journal.block_texts import PLACES, BlockTexts
from workbench.engine.journal.folding import folded
from workbench.engine.journal.grams import bits_of, numbers_in, occurring
from workbench.engine.journal.line_kinds import encoded_kinds

_MOST_TEXT = 4 << 20
"""A block that has more, in a single event, would have nearly everything in its signature."""
_FEW_BYTES = 800
"""Words that are together no longer than this are a signature themselves, after a space. One of bits begins with another byte."""
_BITS = b"\1"
_PRINTED = bytes(range(ord("!"), ord("A"))) + bytes(range(ord("["), 127))
"""ASCII without spaces, in lower case. What else there is of ASCII separates words."""
_WORD = b"abcdefghijklmnopqrstuvwxyz0123456789" + bytes(range(128, 256))
_SIGN = bytes(byte for byte in _PRINTED if byte not in _WORD)
_WORDS, _SIGNS = (bytes(byte if byte in kept else ord(" ") for byte in range(256)) for kept in (_WORD, _SIGN + b"\n"))
_TOKEN = re.compile(b"[%b]+|[%b]+" % (re.escape(_WORD), re.escape(_SIGN)))
_SYMBOLS = bytes(_PRINTED.find(byte) + 1 or (byte > 127) * (len(_PRINTED) + 1) for byte in range(256))
"""Numbers of the characters in the pairs; what is not ASCII has one, what separates words has 0."""
_ROW_BYTES = 9
_ROWS = len(_PRINTED) + 2
_GRAMS_AT = 1 + _ROWS * _ROW_BYTES
"""Before, there is for each character a bit for each that follows it; the first one for the end of a word."""
_MOST_BITS = 1 << 15
_FILLED = 2
"""As many bits are there for each byte of different words, so that less than half of them are set, if that is not too many."""
_SIZES = frozenset(1 << bits for bits in range(3, 13))

_MOST_AT_ONCE = 64
_OF_EACH = "SELECT block, {} FROM grams LEFT JOIN line_kinds USING (block) WHERE block IN ({})"
LOG = "log", "kinds"
"""What there is of the log of a block: a signature, and the kinds of its lines."""

Place = tuple[int, int]
"""A byte of a signature, and a bit in it."""


class Signed(NamedTuple):
    """Signatures of places of a block; one that is none if it has none."""

    block: int
    signatures: tuple[object, ...]

    def may_have(self, pieces: Collection[bytes]) -> bool:
        """Whether one of the places may have all pieces of a text."""
        return any(all(may_have(each, piece) for piece in pieces) for each in self.signatures)


class Signatures:
    """Writes and reads them, in the transactions of others. For the journal's thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def write(self, block: int, texts: BlockTexts) -> None:
        """Write those of a block with these texts."""
        values = [signature_of(texts.of[place]) for place in PLACES]
        self._database.execute("INSERT OR REPLACE INTO grams VALUES (?, ?, ?, ?)", (block, *values))
        kinds = encoded_kinds([line.rstrip("\r\n") for line in texts.lines]) if texts.are_lines_whole else b""
        self._database.execute("INSERT OR REPLACE INTO line_kinds VALUES (?, ?)", (block, kinds))

    def delete(self, block: int) -> None:
        """Forget a block."""
        self._database.execute("DELETE FROM grams WHERE block = ?", (block,))
        self._database.execute("DELETE FROM line_kinds WHERE block = ?", (block,))

    def of_each(self, blocks: Iterable[int], places: Sequence[str] = LOG) -> Iterator[Signed]:
        """Yield those of some places of blocks, in the order of these: some at once, which takes a third of the time."""
        rest, at_once = iter(blocks), 1
        while some := list(islice(rest, at_once)):
            query = _OF_EACH.format(", ".join(places), ",".join("?" * len(some)))
            found = {row[0]: row[1:] for row in self._database.execute(query, some)}
            yield from (Signed(block, found.get(block, (None,) * len(places))) for block in some)
            at_once = min(2 * at_once, _MOST_AT_ONCE)


def signature_of(texts: Iterable[bytes]) -> bytes:
    """Return the signature of texts, nothing if they are too large for one."""
    text = folded(b"\n".join(texts))
    if len(text) > _MOST_TEXT:
        return b""
    # Most words occur many times, and most texts have the same signs: only once each are they taken apart.
    signs = b"\n".join(set(text.translate(_SIGNS).split(b"\n")))
    tokens = b" ".join({*text.translate(_WORDS).split(), *signs.split()})
    return b" " + tokens if len(tokens) <= _FEW_BYTES else _BITS + _pairs(tokens + b" ") + _grams(tokens)


def may_have(signature: object, piece: bytes) -> bool:
    """Whether texts may have a piece, as `folding` makes them. Always, if there is no signature."""
    if not isinstance(signature, bytes):
        return True
    if signature.startswith(b" "):
        return all(token in signature for token in _TOKEN.findall(piece))
    size = len(signature) - _GRAMS_AT
    if size not in _SIZES or not signature.startswith(_BITS):
        return True
    places, firsts = _places_of(piece, size)
    for at, bit in places:  # `all` would take twice as long, and this is asked of thousands of blocks
        if not signature[at] & bit:
            return False
    return all(any(signature[at:at + _ROW_BYTES]) for at in firsts)


@lru_cache(maxsize=1_000)
def _places_of(piece: bytes, size: int) -> tuple[tuple[Place, ...], tuple[int, ...]]:
    """Return what a signature with so many bytes for threes and fours must have, and where one of 72 bits must be set."""
    tokens = _TOKEN.findall(piece)
    numbers = {8 + pair for token in tokens for pair in _pair_numbers(token)}
    numbers |= {8 * _GRAMS_AT + gram for token in tokens for gram in numbers_in(token, size * 8)}
    firsts = {1 + _SYMBOLS[token[0]] * _ROW_BYTES for token in tokens if len(token) == 1}
    return tuple((number >> 3, 0x80 >> (number & 7)) for number in numbers), tuple(firsts)


def _pair_numbers(token: bytes) -> Iterator[int]:
    symbols = token.translate(_SYMBOLS)
    return (first * _ROW_BYTES * 8 + second for first, second in pairwise(symbols))


def _pairs(tokens: bytes) -> bytes:
    """Return the bits of pairs. At first they are in rows of 256, so that a pair is the number of its own."""
    symbols = tokens.translate(_SYMBOLS)
    bits = occurring((_numbers_at(begin, symbols) for begin in (0, 1)), _ROWS << 8)
    return b"".join([bits[begin:begin + _ROW_BYTES] for begin in range(0, len(bits), 1 << 5)])


def _numbers_at(begin: int, symbols: bytes) -> array[int]:
    numbers = array("H", symbols[begin:len(symbols) - (len(symbols) - begin) % 2])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _grams(tokens: bytes) -> bytes:
    """Return the bits of threes and fours."""
    return bits_of(tokens, min(1 << max((_FILLED * len(tokens) - 1).bit_length(), 3), _MOST_BITS))
