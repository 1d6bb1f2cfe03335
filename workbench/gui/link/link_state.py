"""The state of the link to the engine, as a value."""

from __future__ import annotations

from typing import Literal

import msgspec

Phase = Literal["starting", "running", "lost", "failed", "closed"]


class LinkState(msgspec.Struct, frozen=True):
    """A phase, with a sentence and a hint for the person if something went wrong; both are "" otherwise."""

    phase: Phase
    message: str = ""
    hint: str = ""
