"""The answers that the journal has only the beginning of, or cannot have as text: the latest ones, whole, in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

KEPT_BYTES = 32 << 20
"""Answers have 6 MB at most, so the latest five always fit."""

Mask = Callable[[str], str]


class KeptAnswer(NamedTuple):
    """An answer, and what masks its secrets."""

    payload: bytes
    mask: Mask


class WholeAnswers:
    """Keeps the latest answers up to `kept_bytes` in total; the oldest go first. Use it on the engine's loop."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._limit_bytes = kept_bytes
        self._size_bytes = 0
        self._by_id: OrderedDict[str, KeptAnswer] = OrderedDict()

    def keep(self, request_id: str, payload: bytes, mask: Mask) -> None:
        """Keep an answer. `mask` replaces the secrets in a text, as it does for the journal."""
        self._drop(request_id)
        self._put(request_id, KeptAnswer(payload, mask))

    def take(self, request_ids: Iterable[str]) -> dict[str, KeptAnswer]:
        """Keep answers no more, and return them."""
        return {request_id: kept for request_id in request_ids if (kept := self._drop(request_id)) is not None}

    def put_back(self, answers: Mapping[str, KeptAnswer]) -> None:
        """Keep answers that were taken again."""
        for request_id, kept in answers.items():
            self._put(request_id, kept)

    def _put(self, request_id: str, kept: KeptAnswer) -> None:
        self._by_id[request_id] = kept
        self._size_bytes += len(kept.payload)
        while self._size_bytes > self._limit_bytes:
            self._drop(next(iter(self._by_id)))

    def of(self, request_id: str) -> bytes | None:
        """Return an answer with its secrets masked; None if it is not kept."""
        kept = self._by_id.get(request_id)
        if kept is None:
            return None
        # The answer may be no UTF-8: what is not comes back as it was.
        return kept.mask(kept.payload.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _drop(self, request_id: str) -> KeptAnswer | None:
        kept = self._by_id.pop(request_id, None)
        if kept is not None:
            self._size_bytes -= len(kept.payload)
        return kept
