"""What came of one template."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.wild import ours, sam
from tests.wild.comparing import Difference, differences
from tests.wild.editing import Edit, tried_edits

_MOST_EDITS = 5
"""Functions of one template that are edited; the hundredth tells nothing new."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One template: how many functions each reader sees, why one of them refuses it, what differs, what edits did."""

    template: str
    functions: int
    refusal: str
    sams_refusal: str
    differences: tuple[Difference, ...]
    edits: tuple[Edit, ...]


def outcome_of(path: Path) -> Outcome:
    """Read, compare and edit one template."""
    mine, theirs = ours.read(path), sam.read(path)
    edits = () if mine.refusal else tuple(tried_edits(path, sorted(mine.functions)[:_MOST_EDITS]))
    return Outcome(
        template=str(path), functions=len(mine.functions), refusal=mine.refusal, sams_refusal=theirs.refusal,
        differences=tuple(differences(path, mine, theirs)), edits=edits)
