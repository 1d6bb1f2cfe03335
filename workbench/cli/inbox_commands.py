"""`workbench inbox …` and its options. The implementation is imported only when a command is called, to start quickly."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.template_options import WorkspaceOption

# The docstrings of commands are their --help texts.
inbox = typer.Typer(invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False)
JsonOption = Annotated[bool, typer.Option("--json", help="As one JSON document.")]
TargetOption = Annotated[str, typer.Option("--target", help="Only what is addressed to this ARN.")]
FunctionOption = Annotated[str, typer.Option("--function", help="Only what comes from this function.")]


class Kind(StrEnum):
    """What `--kind` accepts."""

    success = "success"
    failure = "failure"
    dead_letter = "dead-letter"


KindOption = Annotated[Kind | None, typer.Option("--kind", help="Only messages of this kind.")]


@inbox.callback()
def inbox_alone(context: typer.Context) -> None:
    """Dead letters and invocation records of asynchronous invocations that nobody else received.

    Without a command, list those of the workspace in this folder.
    """
    if context.invoked_subcommand is None:
        list_()


@inbox.command("list")
def list_(
    workspace: WorkspaceOption = Path(), target: TargetOption = "", function: FunctionOption = "", kind: KindOption = None,
    limit: Annotated[int, typer.Option("--limit", help="How many at most.", min=1, max=1000)] = 100, as_json: JsonOption = False,
) -> None:
    """List the messages, newest first."""
    from workbench.cli.inbox import list_messages
    from workbench.model.inbox import InboxFilter

    wanted = InboxFilter(target=target, function_name=function, kind=kind or "")
    raise typer.Exit(list_messages(workspace.resolve(), wanted, limit, as_json=as_json))


@inbox.command("show")
def show(
    number: Annotated[int, typer.Argument(metavar="[ID]", help="An id from the list; without it, the newest one.", min=0)] = 0,
    workspace: WorkspaceOption = Path(), as_json: JsonOption = False,
) -> None:
    """Show one message: to whom, why it is here, its attributes and its body."""
    from workbench.cli.inbox import show_message

    raise typer.Exit(show_message(workspace.resolve(), number, as_json=as_json))


@inbox.command("clear")
def clear(
    workspace: WorkspaceOption = Path(), target: TargetOption = "", function: FunctionOption = "", kind: KindOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete the messages, all unless an option chooses some."""
    from workbench.cli.inbox import clear_messages
    from workbench.model.inbox import InboxFilter

    wanted = InboxFilter(target=target, function_name=function, kind=kind or "")
    raise typer.Exit(clear_messages(workspace.resolve(), wanted, as_json=as_json))
