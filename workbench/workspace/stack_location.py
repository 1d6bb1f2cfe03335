"""Where functions would be deployed: the Region from the settings, and a stack named after the folder."""

from __future__ import annotations

from pathlib import Path

from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.team_settings import settings_of


def stack_location(root: Path) -> PseudoParameters:
    """Return a workspace's pseudo parameters, which give window, terminal and engine the same names and ARNs. Blocks."""
    return PseudoParameters.of_workspace(root, settings_of(root).region)
