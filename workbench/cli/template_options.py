"""Options that several commands share: the workspace; template and values for all commands that run functions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WorkspaceOption = Annotated[Path, typer.Option("-w", "--workspace", help="The SAM project folder.", file_okay=False)]
TemplateOption = Annotated[str, typer.Option("-t", "--template", help="The template, if it is not the folder's template.yaml.")]
ConfigEnvOption = Annotated[str, typer.Option("--config-env", help="The environment of samconfig.toml; by default 'default'.")]
OverridesOption = Annotated[
    list[str] | None,
    typer.Option("--parameter-overrides", help="Parameter values: Name=value, several in one argument or the option repeated."),
]
EnvVarsOption = Annotated[str, typer.Option("--env-vars", help="A JSON file of environment variables, as for sam local invoke.")]

_OVERRIDES = "--parameter-overrides"


def with_overrides_together(arguments: list[str]) -> list[str]:
    """Rewrite `--parameter-overrides A=1 B=2`, which SAM CLI accepts, to repeat the option before each value."""
    together: list[str] = []
    follows = False
    for argument in arguments:
        follows = follows and "=" in argument and not argument.startswith("-")
        if follows and together[-1] != _OVERRIDES:
            together.append(_OVERRIDES)
        together.append(argument)
        follows = follows or argument == _OVERRIDES
    return together
