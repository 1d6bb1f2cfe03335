"""What a person chooses for a workspace: its template, the environment of samconfig, values, a file of variables.

Said with a command it counts for that command; chosen in the window it is kept in the state folder, for everyone who opens the
workspace next.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.storage.state_file import StateFile
from workbench.workspace.state_directory import existing_state_directory, state_directory

CHOICES_FILE = "template.json"
DEFAULT_CONFIG_ENV = "default"
"""Source: SAM guide, "AWS SAM CLI configuration file", --config-env."""


class Options(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Choices; "" leaves one to what is remembered, then to what the folder says.

    `template` and `env_vars` are paths, relative ones start at the workspace's folder. `parameters` are `--parameter-overrides`.
    """

    template: str = ""
    config_env: str = ""
    env_vars: str = ""
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return self == Options()

    def over(self, other: Options) -> Options:
        """These choices, and the other's where there is none; its parameters too, as far as they have other names."""
        return Options(
            template=self.template or other.template, config_env=self.config_env or other.config_env,
            env_vars=self.env_vars or other.env_vars, parameters={**other.parameters, **self.parameters})


def remembered(root: Path) -> Options:
    """What was chosen for the workspace before; nothing when that cannot be read. Blocks."""
    folder = existing_state_directory(root)
    return (StateFile(folder / CHOICES_FILE, Options).read() if folder else None) or Options()


def remember(root: Path, options: Options) -> None:
    """Keep the choices for the next time. Parameters are not among them: they are values (see `workspace.values`).

    Raises WorkspaceError when there is no place for them. Blocks.
    """
    kept = msgspec.structs.replace(options, parameters={})
    file = StateFile(state_directory(root) / CHOICES_FILE, Options)
    try:
        file.write(kept, readable=True)
    except OSError as error:
        raise WorkspaceError(f"The choices could not be kept: {error.strerror or error}.",
                             f"Check that {file.path.parent} is writable and has space.") from error
