"""Keeps typed settings that could not be saved (Lambda refuses them, the template is broken) for the next window."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from workbench.gui.panels.configuration.configuration_draft import KeptDraft
from workbench.storage.state_file import StateFile

_FILE = "unsaved-settings.json"


class UnsavedSettings:
    """One file in a workspace's state folder. Failures to read or write it are ignored: it is only a convenience."""

    def __init__(self, state_directory: Path) -> None:
        self._file = StateFile(state_directory / _FILE, dict[str, KeptDraft])

    def read(self) -> dict[str, KeptDraft]:
        """Return what the last window left, by logical ID."""
        return self._file.read() or {}

    def write(self, unsaved: Mapping[str, KeptDraft]) -> None:
        """Keep exactly these; without any, remove the file."""
        with suppress(OSError):
            if unsaved:
                self._file.write(dict(unsaved))
            else:
                self._file.remove()
