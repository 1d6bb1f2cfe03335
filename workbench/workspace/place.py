"""Where functions would be deployed: the Region of the settings, a stack called as the folder."""

from __future__ import annotations

from pathlib import Path

from workbench.model.engine_api import Settings
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.kept_settings import kept_settings


def place_of(root: Path) -> PseudoParameters:
    """The pseudo parameters of a workspace: the same names and ARNs for window, terminal and engine. Blocks."""
    return PseudoParameters.of_workspace(root, (kept_settings(root) or Settings()).region)
