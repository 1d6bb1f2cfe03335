"""Where dialogs for files begin: where a person chose a file of that kind last, else in a folder to which it probably belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Memory(Protocol):
    """What remembers texts by their names: the window's preferences, or those of one workspace."""

    def text(self, name: str) -> str:
        """Return what was remembered, "" if nothing was."""

    def save_text(self, name: str, value: str) -> None:
        """Remember a text."""


class FilePlaces:
    """Folders by kinds of files ("log", "timeline"). Without a memory they are forgotten with the object."""

    def __init__(self, first: Path, memory: Memory | None = None) -> None:
        """`first` is where dialogs of every kind begin at first."""
        self._first = first
        self._memory = memory
        self._chosen: dict[str, str] = {}

    def begin(self, kind: str, first: Path | None = None) -> Path:
        """Return a folder that exists. `first` is where this kind begins at first, if not where all do.

        A folder that is no longer there, or not yet, stands for the nearest one above it: Qt would take that of the process.
        """
        wanted = self.known(kind) or first or self._first
        return next((each for each in (wanted, *wanted.parents) if each.is_absolute() and each.is_dir()), Path.home())

    def known(self, kind: str) -> Path | None:
        """Return where a person chose something of this kind last; None if that is not known or no longer there."""
        text = self._chosen.get(kind, "") or (self._memory.text(_name(kind)) if self._memory is not None else "")
        folder = Path(text)
        return folder if folder.is_absolute() and folder.is_dir() else None

    def note(self, kind: str, chosen: Path) -> None:
        """Note that a person chose this file or folder: the next dialog begins beside it."""
        self._chosen[kind] = str(chosen.parent)
        if self._memory is not None:
            self._memory.save_text(_name(kind), str(chosen.parent))


def _name(kind: str) -> str:
    return f"folder/{kind}"
