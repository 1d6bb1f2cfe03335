"""Which workspace an engine serves, and how."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.model.declarations import Checked, as_given
from workbench.workspace.locating.options import Options


class ServedWorkspace(msgspec.Struct, frozen=True):
    """`root` is the folder, `state_directory` the person's own folder for it, outside of what a clone may bring.

    `options`: the template and the values that the engine was started with, which precede those saved for the workspace.
    `checked` checks what its template declares as the API checks a request.
    """

    root: Path
    state_directory: Path
    options: Options = Options()
    checked: Checked = as_given
