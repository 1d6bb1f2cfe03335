"""What a person or a screen reader finds on the screen, as a window tells it to a test."""

from __future__ import annotations

import msgspec


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing. `place` is x, y, width and height of what is not covered, in pixels of the screen. `inside` is the name of what
    contains a row, a tab or an item of a menu; `about` is its accessible description.
    """

    kind: str
    name: str
    place: tuple[int, int, int, int]
    text: str = ""
    about: str = ""
    has_focus: bool = False
    is_on: bool = False
    is_enabled: bool = True
    inside: str = ""

    def at(self, across: float = 0.5, down: float = 0.5) -> tuple[int, int]:
        """A point of it, the middle if nothing is said."""
        x, y, width, height = self.place
        return x + round(across * (width - 1)), y + round(down * (height - 1))
