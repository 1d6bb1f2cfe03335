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
