"""Where functions would be deployed: the Region of the settings, a stack called as the folder."""

from __future__ import annotations

from pathlib import Path

from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.team_settings import settings_of


def place_of(root: Path) -> PseudoParameters:
    """The pseudo parameters of a workspace: the same names and ARNs for window, terminal and engine. Blocks."""
    return PseudoParameters.of_workspace(root, settings_of(root).region)
