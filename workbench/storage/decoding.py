"""Decoders of JSON documents for any thread.

msgspec (0.22) builds what it needs to know of a type when the type is decoded first, and crashes the process where two threads do
that at the same moment: here one builds while others wait, and each type is built once.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_building = threading.Lock()
_built: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder_of(kind: type[T]) -> msgspec.json.Decoder[T]:
    """The decoder of a type."""
    with _building:
        if kind not in _built:
            _built[kind] = msgspec.json.Decoder(kind)
        return _built[kind]
