"""`workbench credentials …` and its options. The implementation is imported only when a command is called, to start quickly."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.template_options import WorkspaceOption

# The docstrings of commands are their --help texts.
credentials = typer.Typer(invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False)
JsonOption = Annotated[bool, typer.Option("--json", help="As one JSON document.")]


class Kind(StrEnum):
    """What functions can be given."""

    none = "none"
    made_up = "made-up"
    profile = "profile"
    role = "role"


@credentials.callback()
def credentials_alone(context: typer.Context) -> None:
    """Which AWS credentials functions get: made-up ones, none, those of a profile, those of a role.

    Without a command, show it for the workspace in this folder.
    """
    if context.invoked_subcommand is None:
        show()


@credentials.command("show")
def show(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Show what was chosen, and what each function gets by it. No secret is shown."""
    from workbench.cli.credentials import show_credentials

    raise typer.Exit(show_credentials(workspace.resolve(), as_json=as_json))


@credentials.command("set")
def choose(
    kind: Annotated[Kind, typer.Argument(help="What functions get.")],
    name: Annotated[
        str, typer.Argument(help="The profile's name; the role's ARN, or each function's own Role without one.")
    ] = "",
    profile: Annotated[
        str, typer.Option("--profile", help="With which a role is assumed; by default as the AWS CLI would.")
    ] = "",
    workspace: WorkspaceOption = Path(), as_json: JsonOption = False,
) -> None:
    """Choose what functions get. With a profile or a role they act on a real account, in this workspace alone.

    The choice is stored for you, outside the project folder: a clone cannot bring its own. Credentials are never stored.
    """
    from workbench.cli.credentials import choice_of, choose_credentials

    raise typer.Exit(choose_credentials(workspace.resolve(), choice_of(kind.value, name, profile), as_json=as_json))


@credentials.command("forget")
def forget(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Have functions get made-up credentials again. Environments that have others end, after their present invocation."""
    from workbench.cli.credentials import forget_credentials

    raise typer.Exit(forget_credentials(workspace.resolve(), as_json=as_json))
