"""`workbench invocation …` and its options. The implementation is imported only when a command is called, to start quickly."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.template_options import WorkspaceOption

# The docstrings of commands are their --help texts.
invocation = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A request id of `workbench invocations`, or its beginning.")]
IdsArgument = Annotated[list[str], typer.Argument(metavar="ID…", help="Request ids, or their beginnings.")]


class Form(StrEnum):
    """What `--as` accepts."""

    boto3 = "boto3"
    cli = "cli"
    curl = "curl"


@invocation.callback()
def about() -> None:
    """Do something with an earlier invocation: look, replay, copy, export, mark, forget."""


@invocation.command("show")
def show(request_id: IdArgument, workspace: WorkspaceOption = Path()) -> None:
    """Print an invocation as JSON: figures, event, result, log, digests of code and configuration, and what differs now."""
    from workbench.cli.one_invocation import show_one

    raise typer.Exit(show_one(workspace.resolve(), request_id))


@invocation.command("replay")
def replay(request_ids: IdsArgument, workspace: WorkspaceOption = Path()) -> None:
    """Invoke again with the same events, and say what is not as it was."""
    from workbench.cli.one_invocation import replay_all

    raise typer.Exit(replay_all(workspace.resolve(), request_ids))


@invocation.command("copy")
def copy(
    request_id: IdArgument, workspace: WorkspaceOption = Path(),
    form: Annotated[Form, typer.Option("--as", help="As a program or a command.")] = Form.curl,
) -> None:
    """Print the call that invokes again, for boto3, the AWS CLI or curl. It needs a running engine."""
    from workbench.cli.one_invocation import copy_one

    raise typer.Exit(copy_one(workspace.resolve(), request_id, "AWS CLI" if form is Form.cli else form.value))


@invocation.command("export")
def export(
    request_id: IdArgument, file: Annotated[Path, typer.Argument(metavar="FILE")], workspace: WorkspaceOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write an invocation into a file for a colleague. Values of environment variables are masked."""
    from workbench.cli.one_invocation import export_one

    raise typer.Exit(export_one(workspace.resolve(), request_id, file, force=force))


@invocation.command("open")
def open_(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Print what an exported file has, as `show` does."""
    from workbench.cli.one_invocation import open_file

    raise typer.Exit(open_file(file))


@invocation.command("mark")
def mark(
    request_ids: IdsArgument, workspace: WorkspaceOption = Path(),
    star: Annotated[bool | None, typer.Option("--star/--no-star", help="Give a star, or take it.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="A name; empty for none.")] = None,
) -> None:
    """Give invocations a star or a name."""
    from workbench.cli.one_invocation import mark_all

    raise typer.Exit(mark_all(workspace.resolve(), request_ids, star, name))


@invocation.command("forget")
def forget(
    request_ids: IdsArgument, workspace: WorkspaceOption = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete invocations with event, result and log, and overwrite them on the disk. This cannot be undone."""
    from workbench.cli.one_invocation import forget_all

    if not yes and not typer.confirm("Delete events, results and logs for good?"):
        raise typer.Exit(1)
    raise typer.Exit(forget_all(workspace.resolve(), request_ids))


@invocation.command("keep")
def keep(
    workspace: WorkspaceOption = Path(),
    days: Annotated[int | None, typer.Option("--days", help="Delete what is older.", min=1, max=3650)] = None,
    megabytes: Annotated[int | None, typer.Option("--megabytes", help="Delete the oldest above this.", min=16, max=4096)] = None,
) -> None:
    """Tell how long history is kept, or change it: what is older or too much is deleted at once."""
    from workbench.cli.one_invocation import keep_so_long

    raise typer.Exit(keep_so_long(workspace.resolve(), days, megabytes))
