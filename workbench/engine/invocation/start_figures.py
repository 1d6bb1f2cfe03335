"""What the first REPORT of an environment says about its start."""

from __future__ import annotations

import msgspec


class StartFigures(msgspec.Struct, frozen=True):
    """Durations in ns, 0 for those that REPORT does not have: Init Duration, Restore Duration and the billed part of that."""

    init_ns: int = 0
    restore_ns: int = 0
    billed_restore_ns: int = 0


NO_START = StartFigures()
"""Of all REPORTs but the first, and of the first of an environment that was initialized ahead of its requests."""
