"""The state of the link to the engine, as a value."""

from __future__ import annotations

from typing import Literal

from workbench.model.value import Value

Phase = Literal["starting", "running", "lost", "failed", "closed"]


class LinkState(Value):
    """A phase, with a sentence and a hint for the person if something went wrong; both are "" otherwise."""

    phase: Phase
    message: str = ""
    hint: str = ""
