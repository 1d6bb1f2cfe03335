"""All values given for a workspace, and where each comes from.

Precedence: a command's `--parameter-overrides`, the person's values file, samconfig, the parameter's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from workbench.workspace.locating.options import Options
from workbench.workspace.locating.samconfig import SamConfig
from workbench.workspace.unresolved import GivenValues
from workbench.workspace.values.values_file import GivenFile, read_values

Source = Literal["command", "yours", "samconfig", "default", "missing"]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The values of a workspace by source."""

    command: Mapping[str, str]
    file: GivenFile
    samconfig: Mapping[str, str]

    @property
    def values(self) -> GivenValues:
        """The values that apply, after precedence."""
        return GivenValues(parameters={**self.samconfig, **self.file.parameters, **self.command}, others=self.file.values)

    def source(self, parameter: str) -> Source:
        """Return where a parameter's value comes from; `missing` if from none of these sources."""
        sources: tuple[tuple[Source, Mapping[str, str]], ...] = (
            ("command", self.command), ("yours", self.file.parameters), ("samconfig", self.samconfig))
        return next((source for source, values in sources if parameter in values), "missing")


def given_values(root: Path, options: Options, samconfig: SamConfig) -> Given:
    """Return all values given for the workspace now. Raises WorkspaceError for a file that cannot be read. Blocks."""
    return Given(command=options.parameters, file=read_values(root), samconfig=samconfig.parameters)
