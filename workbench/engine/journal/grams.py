"""Threes and fours: what three or four bytes that follow each other in a word are as a number, and the bits of those that occur.

Each is the sum of its bytes, multiplied by a factor each. The engine does that for all bytes at once with one large number, of
which each takes 32 bits. The journal's process loads numpy, which takes a fifth of that time: it writes hundreds of signatures a
minute. In the engine it would take 20 MB, and the loop would stand still meanwhile.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

_FACTORS = 2_654_435, 1_597_463, 3_266_489, 668_265
"""By these the bytes of a three or four are multiplied: no sum is above 32 bits."""
_SHIFT = 12
"""How many bits of a sum are dropped, the ones that depend on the last bits of bytes alone."""
_SPACE = ord(" ")
_UNSPACED = bytes(0 if byte == _SPACE else byte for byte in range(256))
_INSIDE = bytes(0 if byte == _SPACE else 0xFF for byte in range(256))
_IS_SET = ord("1")


def numbers_in(token: bytes, bits: int) -> Iterator[int]:
    """Yield those of a word, below a power of two."""
    for count in (3, 4):
        for at in range(len(token) - count + 1):
            gram = token[at:at + count]
            yield (sum(byte * factor for byte, factor in zip(gram, _FACTORS, strict=False)) >> _SHIFT) & (bits - 1)


def bits_of(tokens: bytes, bits: int) -> bytes:
    """Return as many bits, a power of two from 8 on; those with the numbers of words are set, and always the first one.

    The first bit is the highest of the first byte.
    """
    numpy = sys.modules.get("numpy")
    return occurring(_numbers(tokens, bits) if numpy is None else _numbers_by(numpy, tokens, bits), bits)


def occurring(numbers: Iterable[Any], count: int) -> bytes:
    """Return `count` bits, of which those with these numbers are set. The numbers are arrays, below `count`."""
    numpy = sys.modules.get("numpy")
    return _marked(numbers, count) if numpy is None else _indexed(numpy, numbers, count)


def _marked(numbers: Iterable[array[int]], count: int) -> bytes:
    bits = bytearray(b"0") * count
    for some in numbers:
        for number in some:
            bits[number] = _IS_SET
    return int(bits, 2).to_bytes(count // 8, "big")


def _indexed(numpy: Any, numbers: Iterable[Any], count: int) -> bytes:
    bits = numpy.zeros(count, numpy.bool_)
    for some in numbers:
        bits[numpy.asarray(some)] = True
    return bytes(numpy.packbits(bits))


def _numbers(tokens: bytes, bits: int) -> Iterator[array[int]]:
    """Yield the threes, then the fours. Where a word ends they are 0."""
    count = len(tokens)
    first, second, third, fourth = _FACTORS
    spread, inside = _spread(tokens.translate(_UNSPACED)), _spread(tokens.translate(_INSIDE)) * 0x01010101
    in_threes = inside & (inside >> 32) & (inside >> 64)
    threes = spread * first + (spread >> 32) * second + (spread >> 64) * third
    fours = threes + (spread >> 96) * fourth
    kept = int.from_bytes((bits - 1).to_bytes(4, "little") * count, "little")
    for sums in (threes & in_threes) >> _SHIFT, (fours & in_threes & (inside >> 96)) >> _SHIFT:
        yield array("I", (sums & kept).to_bytes(4 * count, sys.byteorder))


def _spread(numbers: bytes) -> int:
    return int.from_bytes(numbers.decode("latin-1").encode("utf-32-le"), "little")


def _numbers_by(numpy: Any, tokens: bytes, bits: int) -> Iterator[Any]:
    """Yield the same numbers. After the last word it ends, too."""
    letters = numpy.frombuffer(tokens.translate(_UNSPACED) + bytes(3), numpy.uint8).astype(numpy.uint32)
    first, second, third, fourth = (letters[at:len(letters) - 3 + at] for at in range(4))
    threes = first * _FACTORS[0] + second * _FACTORS[1] + third * _FACTORS[2]
    in_threes = (first > 0) & (second > 0) & (third > 0)
    yield (threes * in_threes >> _SHIFT) & (bits - 1)
    yield ((threes + fourth * _FACTORS[3]) * (in_threes & (fourth > 0)) >> _SHIFT) & (bits - 1)
