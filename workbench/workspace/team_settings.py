"""Settings that a team shares in the workspace's folder; they take effect only once the person trusts the folder.

The Region comes from samconfig.toml (`region` of the deploy command, as `sam deploy` reads it). Region and sandbox can also be
set in the template's Metadata, which CloudFormation ignores:

    Metadata:
      LambdaWorkbench:
        Region: eu-central-1
        Sandbox: docker

What a person chose for the workspace takes precedence over both.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from workbench.model.engine_api import Settings
from workbench.model.failures import WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.kept_settings import kept_settings
from workbench.workspace.locating.locate import locate
from workbench.workspace.locating.options import Options
from workbench.workspace.template import Template
from workbench.workspace.trusted_folders import TrustedFolders

SECTION = "LambdaWorkbench"
_FIELDS = {"Region": "region", "Sandbox": "sandbox"}


def settings_of(root: Path) -> Settings:
    """Return a workspace's settings: the person's, else the team's if the folder is trusted, else the defaults. Blocks."""
    return kept_settings(root) or (team_settings(root) if is_trusted(root) else Settings())


def is_trusted(root: Path) -> bool:
    """Whether the person trusts the folder. Blocks briefly."""
    folders = TrustedFolders()
    return bool(folders.above(root)) or folders.of(root).standing == "trusted"


def team_settings(root: Path) -> Settings:
    """Return the folder's settings, with defaults for what it does not set or sets to an invalid value. Blocks."""
    settings = Settings()
    with suppress(WorkspaceError, OSError):
        located = locate(root, Options())
        if located.samconfig.region:
            settings = _with(settings, {"Region": located.samconfig.region})
        settings = _with(settings, _said_in(located.template))
    return settings


def _said_in(template: Path) -> dict[str, Any]:
    """Return our section of the template's Metadata. Called often, so a template without it is not even parsed."""
    content = read_bounded(template)
    if SECTION.encode() not in content:
        return {}
    said = Template.parse(template, content).section("Metadata")
    own = said.get(SECTION) if isinstance(said, dict) else None
    return own if isinstance(own, dict) else {}


def _with(settings: Settings, said: dict[str, Any]) -> Settings:
    """Return the settings with each valid value applied."""
    for name, field in _FIELDS.items():
        if name in said:
            with suppress(msgspec.ValidationError):
                settings = msgspec.convert({**msgspec.to_builtins(settings), field: said[name]}, Settings)
    return settings
