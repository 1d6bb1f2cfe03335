"""What is told of forgotten invocations in a stream whose events are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_CHARACTERS = 32


def mark_of(request_id: str) -> str:
    """Return what stands for a forgotten request: whoever knows its ID recognizes it, and nobody can read the ID from it."""
    return hashlib.sha256(request_id.encode()).hexdigest()[:_CHARACTERS]


def recognized(marks: frozenset[str], request_ids: Iterable[str]) -> frozenset[str]:
    """Return those of some requests for which these marks stand."""
    return frozenset(request_id for request_id in request_ids if mark_of(request_id) in marks)
