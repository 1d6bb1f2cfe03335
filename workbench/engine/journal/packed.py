"""Entries on their way to the process that keeps the journal's file, pickled a few at a time by the loop that appends them.

Pickled at once in the journal's thread, those of a fifth of a second hold Python's lock for a millisecond under load, and for
five where the thread loses its core meanwhile: nothing can interrupt the thread there, and all invocations wait for it.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

PACK_ENTRIES = 100
"""As many are pickled together: of some twenty invocations, in a tenth of a millisecond."""

T = TypeVar("T")


def pack(entries: Sequence[T]) -> bytes:
    """Pickle some."""
    return pickle.dumps(entries, protocol=pickle.HIGHEST_PROTOCOL)


class Packed(Sequence[T]):
    """Packs of them, and those after the last pack. Pickled and read again, it is their list."""

    def __init__(self, packs: Sequence[bytes], rest: list[T]) -> None:
        self._packs = packs
        self._rest = rest

    def __len__(self) -> int:
        return len(_unpacked(self._packs, self._rest))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return _unpacked(self._packs, self._rest)[index]

    def __iter__(self) -> Iterator[T]:
        return iter(_unpacked(self._packs, self._rest))

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, (self._packs, self._rest)


def _unpacked(packs: Sequence[bytes], rest: list[T]) -> list[T]:
    entries: list[T] = []
    for each in packs:
        entries += pickle.loads(each)  # noqa: S301 (see `moved_store.write_message`)
    return entries + rest
