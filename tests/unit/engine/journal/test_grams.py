"""Bits of threes and fours: the same whether numpy is there or not, and those of each word by itself."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from typing import TypeVar

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.journal import grams
from workbench.engine.journal.signatures import signature_of

T = TypeVar("T")
WORDS = st.lists(st.binary(min_size=1, max_size=20).map(lambda word: word.replace(b" ", b"_")), min_size=1, max_size=40)


def both_ways(make: Callable[[], T]) -> tuple[T, T]:
    """Return what is made with numpy, and what without."""
    assert sys.modules["numpy"] is numpy
    made = make()
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "numpy")
        return made, make()


@given(WORDS, st.integers(3, 15))
def test_they_are_those_of_each_word(words: list[bytes], log_bits: int) -> None:
    words = [word.replace(b"\0", b"_") for word in words]  # which no word has: texts are taken apart before
    bits = 1 << log_bits
    by_arrays, by_a_number = both_ways(lambda: grams.bits_of(b" ".join(words), bits))
    numbers = {0}.union(*(grams.numbers_in(word, bits) for word in words))
    assert by_arrays == by_a_number == sum(1 << bits - 1 - number for number in numbers).to_bytes(bits // 8, "big")


@given(st.lists(st.binary(max_size=2_000), max_size=20))
def test_a_signature_is_the_same_whoever_makes_it(texts: list[bytes]) -> None:
    by_arrays, by_a_number = both_ways(lambda: signature_of(texts))
    assert by_arrays == by_a_number


def test_numbers_that_occur() -> None:
    some = array("H", (0, 9, 9)), array("H", (15,))
    assert both_ways(lambda: grams.occurring(some, 16)) == (b"\x80\x41", b"\x80\x41")
