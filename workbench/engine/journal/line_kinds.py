"""Of which kinds the lines of a block are: which characters they have, how they begin and end, how long they are, their levels.

An expression may name no character that could be looked for: `^\\W+$`, `\\d{12}`, `.{500,}`. A search for it passes over blocks
without a line of a kind that it could match, see `logs/line_shapes`. The lines of a log are alike, so that a block has few kinds.
Letters are one class in either case, because expressions match without regard to it. To find them takes 2.5 ms of CPU for a
block of 870 lines, half of what its signature takes. Blocks of files from earlier versions have none.
"""

from __future__ import annotations

import re
import string
import sys
from array import array
from collections.abc import Iterable, Sequence
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
_APART = b"\xff"
_LONG = 4_000
"""In a longer line each class is looked for, which then takes less time than to collect what it has."""
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

_TABLE = bytes(class_of(chr(byte)) for byte in range(128)) + bytes((WORD_BEYOND, OTHER_BEYOND)) + bytes(126)
_RUNS = [bytes(ord("x") if run >> each & 1 else ord(" ") for each in range(256)) for run in RUNS]
"""They turn the classes of a run into letters, and all others into spaces."""


def encoded_kinds(lines: Sequence[str]) -> bytes:
    """Return the kinds of lines as they are kept; b"" if there are too many to be of use."""
    if sum(map(len, lines)) > _MOST_TEXT:
        return b""
    shapes = set(map(_shape, lines))
    found = {(_classes(shape), *(shape[:1], shape[-1:]), min(len(shape).bit_length(), LONGEST)) for shape in shapes}
    if len(found) > _MOST_KINDS:
        return b""
    text = _APART.join(shapes)
    runs = sum(min(_longest(each, text), _MOST_RUN) << 16 * at for at, each in enumerate(_RUNS))
    levels = sum(1 << LEVELS.index(level) for level in {level_of(line) for line in lines} - {""})
    numbers = array("Q", (runs, levels, *sorted(_number(*each) for each in found)))
    return _portable(numbers).tobytes()


def decoded_kinds(encoded: object) -> BlockKinds | None:
    """Return the kinds of a block; None if nothing is known of them."""
    if not isinstance(encoded, bytes) or len(encoded) < 2 * _NUMBER_BYTES or len(encoded) % _NUMBER_BYTES:
        return None
    numbers = array("Q")
    numbers.frombytes(encoded)
    runs, levels, *kinds = _portable(numbers)
    return BlockKinds(tuple(map(_kind, kinds)), tuple(runs >> 16 * at & _MOST_RUN for at in range(len(RUNS))), levels)


def _shape(line: str) -> bytes:
    """Return a line as the classes of its characters."""
    if not line.isascii():
        line = _WORD.sub(_STAND_INS[0], _OTHER.sub(_STAND_INS[1], line))  # in this order: neither stand-in is of a word
    return line.encode("latin-1").translate(_TABLE)


def _classes(shape: bytes) -> frozenset[int]:
    return frozenset(shape) if len(shape) < _LONG else frozenset(each for each in range(NOTHING) if each in shape)


def _number(classes: frozenset[int], first: bytes, last: bytes, length_bits: int) -> int:
    ends = (each[0] if each else NOTHING for each in (first, last))
    places = sum(end << at for end, at in zip(ends, (_FIRST_AT, _LAST_AT), strict=True))
    return sum(1 << each for each in classes) | places | length_bits << _LENGTH_AT


def _kind(number: int) -> Kind:
    place = (1 << _PLACE_BITS) - 1
    return Kind(number & ((1 << _FIRST_AT) - 1), number >> _FIRST_AT & place, number >> _LAST_AT & place, number >> _LENGTH_AT)


def _longest(run: bytes, shapes: bytes) -> int:
    return max(map(len, shapes.translate(run).split()), default=0)


def _portable(numbers: array[int]) -> array[int]:
    """Turn numbers into those of a machine with the other order of bytes, where this one has it."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
