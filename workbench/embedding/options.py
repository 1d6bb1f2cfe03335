"""What a program asks of the engine that it embeds, and the command that asks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, get_args

import msgspec

from workbench.model.engine_api import SandboxChoice, is_services_choice
from workbench.model.failures import InvalidInput
from workbench.storage.safe_files import write_privately

Variables = Mapping[str, Mapping[str, str]]
"""Environment variables by function, as `sam local invoke --env-vars` has them; those of `Parameters` are for all functions."""


class EngineOptions(TypedDict, total=False):
    """The options of `workbench.Engine`, all of which may be left out.

    `state`: a folder that keeps what the engine keeps (queue, inbox, history, what the API made) for the next engine; without
    it, all of that ends with the engine. `services`: where other AWS services are, `"moto"` or a URL. `sandbox`: `"isolated"`,
    `"docker"`, `"process"`, or `"auto"` for the first of them that works here.

    `template`: the template, if it is not the folder's template.yaml. `config_env`: the environment of samconfig.toml.
    `parameters`: values of the template's parameters. `env_vars`: environment variables by function, or a JSON file of them.
    """

    state: str | os.PathLike[str]
    services: str
    sandbox: SandboxChoice
    template: str | os.PathLike[str]
    config_env: str
    parameters: Mapping[str, str]
    env_vars: Variables | str | os.PathLike[str]


def check_options(options: EngineOptions) -> None:
    """Raise InvalidInput for an option that there is not, or a value that it does not take."""
    known = EngineOptions.__annotations__
    for name in options:
        if name not in known:
            raise InvalidInput(f"An engine has no option {name!r}.", f"There are: {', '.join(known)}.")
    if not is_services_choice(options.get("services", "")):
        raise InvalidInput(f"{options['services']!r} is no services endpoint.",
                           'Give "moto", or a URL such as "http://localhost:5000".')
    if options.get("sandbox", "auto") not in get_args(SandboxChoice):
        raise InvalidInput(f"{options['sandbox']!r} is no sandbox.", f"There are: {', '.join(get_args(SandboxChoice))}.")


def serve_options(options: EngineOptions, folder: Path) -> list[str]:
    """Return the options of `workbench serve`. Values go into files in `folder`: everyone can see a command line. Blocks.

    Raises InvalidInput for values that cannot be written as JSON.
    """
    sandbox, parameters, env_vars = options.get("sandbox", "auto"), options.get("parameters"), options.get("env_vars", "")
    given = {
        "--services": options.get("services", ""),
        "--sandbox": "" if sandbox == "auto" else sandbox,
        "--template": _whole(options.get("template", "")),
        "--config-env": options.get("config_env", ""),
        "--parameter-overrides": f"file://{_file(folder / 'parameters.json', parameters)}" if parameters else "",
        "--env-vars": _file(folder / "variables.json", env_vars) if isinstance(env_vars, Mapping) else _whole(env_vars),
    }
    return [part for name, value in given.items() if value for part in (name, value)]


def _whole(path: str | os.PathLike[str]) -> str:
    """Return a path for a process in another folder if it is there; otherwise it is one of the workspace's."""
    named = os.fspath(path)
    return str(Path(named).resolve()) if named and Path(named).exists() else named


def _file(path: Path, values: Mapping[str, Any]) -> str:
    try:
        write_privately(path, msgspec.json.encode(values), durable=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"The values cannot be written as JSON: {error}.", "Give names and texts.") from error
    return str(path)
