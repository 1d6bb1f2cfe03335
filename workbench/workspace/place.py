"""Where functions would be deployed: the Region of the settings, a stack called as the folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.model.engine_api import Settings
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.state_directory import existing_state_directory

SETTINGS_FILE = "settings.json"
"""The settings of the workspace, as its engine keeps them in the state folder."""


def place_of(root: Path) -> PseudoParameters:
    """The pseudo parameters of a workspace: the same names and ARNs for window, terminal and engine. Blocks."""
    folder = existing_state_directory(root)
    try:
        settings = msgspec.json.decode((folder / SETTINGS_FILE).read_bytes(), type=Settings) if folder else Settings()
    except (OSError, msgspec.DecodeError):
        settings = Settings()
    return PseudoParameters.of_workspace(root, settings.region)
