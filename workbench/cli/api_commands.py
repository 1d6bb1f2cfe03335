"""`workbench api …` and its options. The implementation is imported only when a command is called, to start quickly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.template_options import WorkspaceOption

# The docstrings of commands are their --help texts.
api = typer.Typer(invoke_without_command=True)


@api.callback()
def show(context: typer.Context, workspace: WorkspaceOption = Path(),
         as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False) -> None:
    """List what the Lambda API made in a workspace: functions, layers, and what is configured about them."""
    from workbench.cli.api_state import show_state

    context.obj = workspace
    if context.invoked_subcommand is None:
        raise typer.Exit(show_state(workspace.resolve(), as_json=as_json))


@api.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The .zip file to write.")],
    workspace: WorkspaceOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
) -> None:
    """Write all that the API made into one file, with the values of environment variables: keep it like a secret."""
    from workbench.cli.api_state import export_state

    raise typer.Exit(export_state(_root(context, workspace), file.absolute(), force=force))


@api.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that workbench api export wrote.")],
    workspace: WorkspaceOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace what is here already.")] = False,
) -> None:
    """Add what a file has to the workspace, all of it or nothing. What exists already is refused without --force."""
    from workbench.cli.api_state import import_state

    raise typer.Exit(import_state(_root(context, workspace), file.absolute(), force=force))


@api.command("reset")
def reset(
    context: typer.Context,
    workspace: WorkspaceOption = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all that the API made in the workspace. The template and its functions stay."""
    from workbench.cli.api_state import reset_state

    raise typer.Exit(reset_state(_root(context, workspace), agreed=yes))


def _root(context: typer.Context, workspace: Path) -> Path:
    """The workspace of a subcommand: -w may come before or after its name."""
    given: Path = workspace if workspace != Path() else context.obj
    return given.resolve()
