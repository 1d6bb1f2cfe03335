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


@api.command("save")
def save(
    context: typer.Context,
    functions: Annotated[list[str] | None, typer.Argument(help="Functions that the API made; without any, all.")] = None,
    workspace: WorkspaceOption = Path(),
    folder: Annotated[str, typer.Option("--folder", help="The folder for the code of a single function.")] = "",
    with_secrets: Annotated[bool, typer.Option(
        "--with-secrets", help="Write the values of variables that look like secrets, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Write functions that the API made into the template, their code into folders beside it. They are the template's then."""
    from workbench.cli.saving import save_functions
    from workbench.model.saving import SavingWish

    wish = SavingWish(folder=folder, with_secrets=with_secrets, is_preview=dry_run)
    raise typer.Exit(save_functions(_root(context, workspace), functions or [], wish, as_json=as_json))


@api.command("take")
def take(
    context: typer.Context,
    function: Annotated[str, typer.Argument(help="A function of the template, by its name or logical ID.")],
    workspace: WorkspaceOption = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Take a function out of the template, as one that the API made. Its files stay; workbench trash has its entry."""
    from workbench.cli.saving import take_function

    raise typer.Exit(take_function(_root(context, workspace), function, as_json=as_json))


def _root(context: typer.Context, workspace: Path) -> Path:
    """The workspace of a subcommand: -w may come before or after its name."""
    given: Path = workspace if workspace != Path() else context.obj
    return given.resolve()
