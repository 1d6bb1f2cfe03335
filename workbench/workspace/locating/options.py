"""What a person chooses for a workspace: its template, the samconfig environment, parameter values, a variables file.

Choices given with a command apply to that command; those made in the window are saved in the person's state folder, for the
next time the workspace is opened, by window or command.
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
    """A person's choices. "" means not chosen: the remembered choice applies, then what the folder says.

    `template` and `env_vars` are paths, relative to the workspace's folder or absolute. `parameters` are `--parameter-overrides`.
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
        """Return these choices, completed by those of `other`; for parameters with the same name, these take precedence."""
        return Options(
            template=self.template or other.template, config_env=self.config_env or other.config_env,
            env_vars=self.env_vars or other.env_vars, parameters={**other.parameters, **self.parameters})


def remembered(root: Path) -> Options:
    """Return what was chosen for the workspace before; empty if there is nothing or it cannot be read. Blocks."""
    folder = existing_state_directory(root)
    return (StateFile(folder / CHOICES_FILE, Options).read() if folder else None) or Options()


def remember(root: Path, options: Options) -> None:
    """Save the choices for the next time, except parameters, which are values (see `workspace.values`).

    Raises WorkspaceError if they cannot be written. Blocks.
    """
    kept = msgspec.structs.replace(options, parameters={})
    file = StateFile(state_directory(root) / CHOICES_FILE, Options)
    try:
        file.write(kept, readable=True)
    except OSError as error:
        raise WorkspaceError(f"The choices could not be saved: {error.strerror or error}.",
                             f"Check that {file.path.parent} is writable and has space.") from error
