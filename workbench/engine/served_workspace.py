"""Which workspace an engine serves, and how."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.model.declarations import Checked, as_given
from workbench.workspace.locating.options import Options
from workbench.workspace.state_directory import data_directory


class ServedWorkspace(msgspec.Struct, frozen=True):
    """`root` is the folder, `state_directory` the person's own folder for it, outside of what a clone may bring.

    `options`: the template and the values that the engine was started with, which precede those saved for the workspace.
    `checked` checks what its template declares as the API checks a request. `data` is the folder of its history; None for
    `.workbench` in the workspace.
    """

    root: Path
    state_directory: Path
    options: Options = Options()
    checked: Checked = as_given
    data: Path | None = None

    def data_directory(self) -> Path:
        """Return the folder of its history, created if needed. Raises WorkspaceError. Blocks."""
        return self.data or data_directory(self.root)
