"""Which workspace an engine serves, and how."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.workspace.locating.options import Options


class ServedWorkspace(msgspec.Struct, frozen=True):
    """`root` is the folder, `state_directory` the person's own folder for it, outside of what a clone may bring.

    `options`: the template and the values that the engine was started with, which precede those saved for the workspace.
    """

    root: Path
    state_directory: Path
    options: Options = Options()
