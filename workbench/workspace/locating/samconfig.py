"""samconfig.toml (or .yaml, .yml): which template SAM CLI would take, and with which values of parameters.

Source: SAM guide, "AWS SAM CLI configuration file". `global` counts for every command, a command's own table over it. Ours stands
in for several commands: of those, the first in `_COMMANDS` that says something counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from workbench.model.failures import WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.outside_files import may_read
from workbench.workspace.values.parameter_text import parse_overrides

NAMES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_COMMANDS = ("local_invoke", "local_start_lambda", "local_start_api", "global", "build", "deploy", "validate")


class SamConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What one environment of the file says. `template_file` and `env_vars` are absolute, "" where nothing is said."""

    path: str = ""
    environments: tuple[str, ...] = ()
    template_file: str = ""
    env_vars: str = ""
    region: str = ""
    parameters: dict[str, str] = msgspec.field(default_factory=dict)


def read_samconfig(root: Path, environment: str) -> SamConfig:
    """The file's environment; an empty one where there is no file or no such environment.

    Raises WorkspaceError for a file that cannot be read. Blocks.
    """
    path = next((root / name for name in NAMES if (root / name).is_file()), None)
    if path is None:
        return SamConfig()
    data = _data(path)
    environments = tuple(name for name, value in data.items() if isinstance(value, dict))
    tables = _tables(data.get(environment))
    template = _first(tables, "template_file", "template", "t")
    variables = _first(tables, "env_vars", "n")
    region = _first(tables, "region")
    return SamConfig(
        path=str(path), environments=environments, template_file=str(root / template) if isinstance(template, str) else "",
        env_vars=str(root / variables) if isinstance(variables, str) else "",
        region=region if isinstance(region, str) else "",
        parameters=parse_overrides(_first(tables, "parameter_overrides") or "", root, lambda file: may_read(root, file)))


def _data(path: Path) -> dict[str, Any]:
    import tomllib  # only where there is such a file: the window's start waits for every import

    try:
        text = read_bounded(path).decode()
        data = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except OSError as error:
        raise WorkspaceError(f"{path.name} could not be read: {error.strerror or error}.",
                             "Check that the file may be read.") from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise WorkspaceError(f"{path.name} cannot be read: {str(error).splitlines()[0]}.", "Correct the file.") from error
    return data if isinstance(data, dict) else {}


def _tables(environment: Any) -> list[dict[str, Any]]:
    """The tables `parameters` of the commands that we stand in for, the deciding one first."""
    commands = environment if isinstance(environment, dict) else {}
    found = [commands[name].get("parameters") for name in _COMMANDS if isinstance(commands.get(name), dict)]
    return [table for table in found if isinstance(table, dict)]


def _first(tables: list[dict[str, Any]], *names: str) -> Any:
    return next((table[name] for table in tables for name in names if table.get(name) not in (None, "")), None)
