"""The options that say which template and which values: the same for every command that runs functions."""

from __future__ import annotations

from typing import Annotated

import typer

TemplateOption = Annotated[str, typer.Option("-t", "--template", help="The template, if not the folder's template.yaml.")]
ConfigEnvOption = Annotated[str, typer.Option("--config-env", help="The environment of samconfig.toml (default).")]
OverridesOption = Annotated[
    list[str] | None,
    typer.Option("--parameter-overrides", help="Values of parameters: Name=value, several in one text or said again."),
]
EnvVarsOption = Annotated[str, typer.Option("--env-vars", help="A JSON file of environment variables, as of sam local invoke.")]

_OVERRIDES = "--parameter-overrides"


def with_overrides_together(arguments: list[str]) -> list[str]:
    """The arguments with `--parameter-overrides A=1 B=2`, as SAM CLI takes it, in the form of an option said twice."""
    together: list[str] = []
    follows = False
    for argument in arguments:
        follows = follows and "=" in argument and not argument.startswith("-")
        if follows and together[-1] != _OVERRIDES:
            together.append(_OVERRIDES)
        together.append(argument)
        follows = follows or argument == _OVERRIDES
    return together
