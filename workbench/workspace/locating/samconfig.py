"""samconfig.toml (or .yaml, .yml): which template SAM CLI would use, and with which parameter values.

Source: SAM guide, "AWS SAM CLI configuration file". `global` applies to every command, and a command's own table overrides it.
We stand in for several commands, so for each setting the first of `_COMMANDS` that has it counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from workbench.model.failures import WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.outside_files import may_read
from workbench.workspace.plain_yaml import plain_yaml
from workbench.workspace.values.parameter_text import parse_overrides

NAMES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_COMMANDS = ("local_invoke", "local_start_lambda", "local_start_api", "global", "build", "deploy", "validate")


class SamConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one environment in the file. `template_file` and `env_vars` are absolute, "" if not set."""

    path: str = ""
    environments: tuple[str, ...] = ()
    template_file: str = ""
    env_vars: str = ""
    region: str = ""
    parameters: dict[str, str] = msgspec.field(default_factory=dict)


def read_samconfig(root: Path, environment: str) -> SamConfig:
    """Read one environment of the file; empty if there is no file or no such environment.

    Raises WorkspaceError if the file cannot be read. Blocks.
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
    import tomllib  # only if there is such a file, because every import delays the window's start

    try:
        text = read_bounded(path).decode()
        data = tomllib.loads(text) if path.suffix == ".toml" else plain_yaml(text)
    except OSError as error:
        raise WorkspaceError(f"{path.name} could not be read: {error.strerror or error}.",
                             "Check that you are allowed to read it.") from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise WorkspaceError(f"{path.name} cannot be read: {str(error).splitlines()[0]}.", "Correct the file.") from error
    return data if isinstance(data, dict) else {}


def _tables(environment: Any) -> list[dict[str, Any]]:
    """Return the `parameters` tables of the commands that we stand in for, in order of precedence."""
    commands = environment if isinstance(environment, dict) else {}
    found = [commands[name].get("parameters") for name in _COMMANDS if isinstance(commands.get(name), dict)]
    return [table for table in found if isinstance(table, dict)]


def _first(tables: list[dict[str, Any]], *names: str) -> Any:
    return next((table[name] for table in tables for name in names if table.get(name) not in (None, "")), None)
