"""Settings that were typed and could not be saved (Lambda refuses them, the template is broken), kept for the next window."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from workbench.gui.panels.configuration_draft import KeptDraft
from workbench.model.failures import WorkspaceError
from workbench.workspace.atomic_file import write_atomically

_FILE = "unsaved-settings.json"


class UnsavedSettings:
    """One file in a workspace's state. What can not be read or written there is nothing to stop for."""

    def __init__(self, state_directory: Path) -> None:
        self._path = state_directory / _FILE

    def read(self) -> dict[str, KeptDraft]:
        """What the last window left, by logical id."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, KeptDraft])
        except (OSError, msgspec.MsgspecError):
            return {}

    def write(self, unsaved: Mapping[str, KeptDraft]) -> None:
        """Keep these, and nothing else."""
        with suppress(OSError, WorkspaceError):
            if unsaved:
                write_atomically(self._path, msgspec.json.encode(unsaved))
            else:
                self._path.unlink(missing_ok=True)
