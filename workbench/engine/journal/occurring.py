"""Which numbers occur, told by bits: in a fifth of the time where numpy is there.

The journal's process loads numpy, as it writes a thousand signatures a minute. The engine does not: it would take 20 MB, and its
loop would stand still meanwhile. A program that has an engine in it may have loaded numpy for itself.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from typing import Any

_IS_SET = ord("1")


def occurring(numbers: Iterable[array[int]], count: int) -> bytes:
    """Return `count` bits, the first one the highest of the first byte; those with these numbers are set.

    `count` is a multiple of 8, and above all numbers.
    """
    numpy = sys.modules.get("numpy")
    return _marked(numbers, count) if numpy is None else _indexed(numpy, numbers, count)


def _marked(numbers: Iterable[array[int]], count: int) -> bytes:
    bits = bytearray(b"0") * count
    for some in numbers:
        for number in some:
            bits[number] = _IS_SET
    return int(bits, 2).to_bytes(count // 8, "big")


def _indexed(numpy: Any, numbers: Iterable[array[int]], count: int) -> bytes:
    bits = numpy.zeros(count, numpy.bool_)
    for some in numbers:
        bits[numpy.frombuffer(some, some.typecode)] = True
    return bytes(numpy.packbits(bits))
