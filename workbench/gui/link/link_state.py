"""How the engine stands, as a value."""

from __future__ import annotations

from typing import Literal

import msgspec

Phase = Literal["starting", "running", "lost", "failed", "closed"]


class LinkState(msgspec.Struct, frozen=True):
    """A phase, and a sentence with a hint where there is something to say."""

    phase: Phase
    message: str = ""
    hint: str = ""
