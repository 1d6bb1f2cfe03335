"""Decoders of JSON documents that any thread may use.

msgspec (0.22) builds its information about a type when the type is first decoded, and crashes the process if two threads do that
at the same moment. Here one thread builds it while the others wait, once per type.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_building = threading.Lock()
_built: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder_of(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the shared decoder of a type, built on first use."""
    with _building:
        if kind not in _built:
            _built[kind] = msgspec.json.Decoder(kind)
        return _built[kind]
