"""Of which kinds the lines of a block are: which characters they have, how they begin and end, how long they are, their levels.

An expression may name no character that could be looked for: `^\\W+$`, `\\d{12}`, `.{500,}`. A search for it passes over blocks
without a line of a kind that it could match, see `logs/line_shapes`. The lines of a log are alike, so that a block has few kinds.
Letters are one class in either case, because expressions match without regard to it. While functions run, each line passes here:
what can be done with all of a block at once is done so, the rest once for those that are alike. Blocks of files from earlier
versions have none.
"""

from __future__ import annotations

import re
import string
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from operator import contains, itemgetter
from typing import NamedTuple

from workbench.model.line_levels import LEVELS, level_of

LETTER, DIGIT, WORD_BEYOND, OTHER_BEYOND, OTHER_SPACE, CONTROL = range(6)
"""Classes of several characters. Beyond ASCII there are those of words, and others, some of which are spaces."""
_SINGLE = " \t\n\r" + string.punctuation
"""Each of these is a class of its own."""
NOTHING = CONTROL + 1 + len(_SINGLE)
"""In the place of a class, how an empty line begins and ends."""
_PLACE_BITS, _LENGTH_BITS = 6, 4
_FIRST_AT = 64 - 2 * _PLACE_BITS - _LENGTH_BITS
_LAST_AT, _LENGTH_AT = _FIRST_AT + _PLACE_BITS, _FIRST_AT + 2 * _PLACE_BITS
LONGEST = (1 << _LENGTH_BITS) - 1
"""How many bits the length of a line has at most in its kind; longer ones have as many."""

_WORD, _OTHER = re.compile(r"[^\W\x00-\x7f]"), re.compile(r"[^\w\x00-\x7f]")
_STAND_INS = "\x80", "\x81"
_APART = "\xff"
"""Stands between lines: neither ASCII nor a stand-in."""
_MOST_KINDS = 256
_MOST_TEXT = 4 << 20
_MOST_RUN = 0xFFFF
_NUMBER_BYTES = 8


class Kind(NamedTuple):
    """A kind of lines. `classes` has a bit for each class that it has, `length_bits` says how many bits its length has."""

    classes: int
    first: int
    last: int
    length_bits: int


class BlockKinds(NamedTuple):
    """The kinds of lines that a block has, how long the longest of each of the RUNS in them is, and a bit for each of their
    LEVELS.
    """

    kinds: tuple[Kind, ...]
    runs: tuple[int, ...]
    levels: int


def class_of(character: str) -> int:
    """Return the class of a character."""
    if not character.isascii():
        return WORD_BEYOND if character.isalnum() else OTHER_BEYOND
    if character.isalnum():
        return DIGIT if character.isdigit() else LETTER
    if character in _SINGLE:
        return CONTROL + 1 + _SINGLE.index(character)
    return OTHER_SPACE if character.isspace() else CONTROL


def bits_of(characters: Iterable[str]) -> int:
    """Return the classes of characters, a bit each."""
    return sum(1 << number for number in set(map(class_of, characters)))


DIGITS = 1 << DIGIT | 1 << WORD_BEYOND
LETTERS = 1 << LETTER | 1 << WORD_BEYOND
WORDS = DIGITS | LETTERS | bits_of("_")
INK = ((1 << NOTHING) - 1) & ~bits_of(" \t\n\r\v")
RUNS = DIGITS, LETTERS, WORDS, INK
"""What the lines have runs of: digits, letters, characters of words, all but spaces."""

_TABLE = bytes(class_of(chr(byte)) for byte in range(128)) + bytes((WORD_BEYOND, OTHER_BEYOND)) + b"\xff" * 126
_PARTED = _APART.encode("latin-1")
_COMMON = bytes((LETTER, DIGIT, class_of(" ")))
"""What most of a line is. Without them, lines that one statement wrote are the same."""
_INK_BIT = 0x80
_INKED = bytes(each | _INK_BIT if INK >> each & 1 else ord(" ") for each in range(256))
_RUNS = [bytes(each >> 7 & run >> (each ^ _INK_BIT) & 1 for each in range(256)) for run in RUNS[:-1]]
"""They turn ink of a run into 1, and all else into 0."""
_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)


def encoded_kinds(lines: Sequence[str]) -> bytes:
    """Return the kinds of lines as they are kept; b"" if there are too many to be of use."""
    if sum(map(len, lines)) > _MOST_TEXT:
        return b""
    shapes = _shapes(lines)
    text = _PARTED.join(shapes)
    found = {_number(*each) for each in _kinds(shapes, text)}
    if len(found) > _MOST_KINDS:
        return b""
    runs = sum(min(longest, _MOST_RUN) << 16 * at for at, longest in enumerate(_longest_runs(text)))
    levels = sum(1 << LEVELS.index(level) for level in _levels(lines))
    return _portable(array("Q", (runs, levels, *sorted(found)))).tobytes()


def decoded_kinds(encoded: object) -> BlockKinds | None:
    """Return the kinds of a block; None if nothing is known of them."""
    if not isinstance(encoded, bytes) or len(encoded) < 2 * _NUMBER_BYTES or len(encoded) % _NUMBER_BYTES:
        return None
    numbers = array("Q")
    numbers.frombytes(encoded)
    runs, levels, *kinds = _portable(numbers)
    return BlockKinds(tuple(map(_kind, kinds)), tuple(runs >> 16 * at & _MOST_RUN for at in range(len(RUNS))), levels)


def _shapes(lines: Sequence[str]) -> list[bytes]:
    """Return lines as the classes of their characters, those that are alike once."""
    if not lines:
        return []
    text = _APART.join([line if line.isascii() else _with_stand_ins(line) for line in lines])
    return list(set(text.encode("latin-1").translate(_TABLE).split(_PARTED)))


def _with_stand_ins(line: str) -> str:
    return _WORD.sub(_STAND_INS[0], _OTHER.sub(_STAND_INS[1], line))  # in this order: neither stand-in is of a word


def _kinds(shapes: Sequence[bytes], text: bytes) -> Iterator[tuple[bytes, bytes, bytes, int]]:
    """Yield the classes of shapes, how they begin and end, and how many bits their length has. `text` is all of them."""
    rests = text.translate(None, _COMMON).split(_PARTED)
    commons = (map(contains, shapes, repeat(each)) for each in _COMMON)
    firsts, lasts = map(itemgetter(slice(1)), shapes), map(itemgetter(slice(-1, None)), shapes)
    bits = map(int.bit_length, map(len, shapes))
    for rest, first, last, length_bits, *has in set(zip(rests, firsts, lasts, bits, *commons, strict=False)):
        common = bytes(each for each, is_there in zip(_COMMON, has, strict=True) if is_there)
        yield rest + common, first, last, min(length_bits, LONGEST)


def _number(classes: bytes, first: bytes, last: bytes, length_bits: int) -> int:
    ends = (each[0] if each else NOTHING for each in (first, last))
    places = sum(end << at for end, at in zip(ends, (_FIRST_AT, _LAST_AT), strict=True))
    return sum(1 << each for each in set(classes)) | places | length_bits << _LENGTH_AT


def _kind(number: int) -> Kind:
    place = (1 << _PLACE_BITS) - 1
    return Kind(number & ((1 << _FIRST_AT) - 1), number >> _FIRST_AT & place, number >> _LAST_AT & place, number >> _LENGTH_AT)


def _longest_runs(text: bytes) -> Iterator[int]:
    """Yield how long the longest of each of the RUNS is. The last has all others in it, and most of its own occur many times."""
    inked = set(text.translate(_INKED).split())
    joined = b" ".join(inked)
    yield from (_longest(joined.translate(run)) for run in _RUNS)
    yield max(map(len, inked), default=0)


def _longest(ones: bytes) -> int:
    """Return how many ones follow each other at most. To look for more and more takes less time than to take all runs apart."""
    longest, more = 0, 1
    while more:
        is_longer = b"\1" * (longest + more) in ones
        longest, more = (longest + more, 2 * more) if is_longer else (longest, more // 2)
    return longest


def _levels(lines: Sequence[str]) -> set[str]:
    """Return the levels of lines. Those that differ in digits alone have the same, except for objects: a number may be it."""
    if all(map(str.isascii, lines)):
        alike = _APART.join(lines).encode("latin-1").translate(_ALIKE).decode("latin-1").split(_APART)
        lines = [line if line.endswith("}") else other for line, other in zip(lines, alike, strict=False)]
    return set(map(level_of, set(lines))) - {""}


def _portable(numbers: array[int]) -> array[int]:
    """Turn numbers into those of a machine with the other order of bytes, where this one has it."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
