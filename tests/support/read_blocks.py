"""Which blocks of a journal are read."""

from __future__ import annotations

import pytest

from workbench.engine.journal.contents import Contents


def note_read_blocks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the numbers of the blocks that are read from now on, in their order: the list grows."""
    read: list[int] = []
    reading = Contents.packed_block

    def packed_block(self: Contents, block: int) -> tuple[int, int, bytes] | None:
        read.append(block)
        return reading(self, block)

    monkeypatch.setattr(Contents, "packed_block", packed_block)
    return read
