"""`workbench queue …` and its options. The implementation is imported only when a command is called, to start quickly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.template_options import WorkspaceOption

# The docstrings of commands are their --help texts.
queue = typer.Typer(invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False)
FunctionArgument = Annotated[str, typer.Argument(help="Its name or logical id; without it, all functions.")]
NumberArgument = Annotated[int, typer.Argument(help="The event's number in the list.", min=1)]
JsonOption = Annotated[bool, typer.Option("--json", help="As one JSON document.")]


@queue.callback()
def queue_alone(context: typer.Context) -> None:
    """The queue of asynchronous invocations (Event), and its clock, which you can hold, step and forward.

    Without a command, list the queue of the workspace in this folder.
    """
    if context.invoked_subcommand is None:
        list_()


@queue.command("list")
def list_(function: FunctionArgument = "", workspace: WorkspaceOption = Path(),
          limit: Annotated[int, typer.Option(help="How many events to list.", min=0, max=1000)] = 100,
          as_json: JsonOption = False) -> None:
    """List the events that wait or are tried, with when they are due and why they wait, and the clocks that were moved."""
    from workbench.cli.queue import run_queue

    raise typer.Exit(run_queue(workspace, lambda calls: calls.info(function, limit=limit), as_json=as_json))


@queue.command("send")
def send(
    function: Annotated[str, typer.Argument(help="Its name or logical id.")], workspace: WorkspaceOption = Path(),
    event: Annotated[
        str, typer.Option("-e", "--event", help="A JSON file or document, an event in events/ by name, or - (standard input).")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Invoke a function asynchronously: put an event into its queue. Print the queue of the function then."""
    from workbench.cli.event_argument import read_event
    from workbench.cli.queue import run_queue, sent

    payload = read_event(event, workspace.resolve())
    raise typer.Exit(run_queue(workspace, lambda calls: sent(calls, function, payload), as_json=as_json))


@queue.command("hold")
def hold(function: FunctionArgument = "", workspace: WorkspaceOption = Path(),
         as_json: JsonOption = False) -> None:
    """Hold the clock: events are accepted, and none is tried until you step, forward or resume it.

    The functions' own clocks and deadlines are not affected.
    """
    from workbench.cli.queue import run_queue

    raise typer.Exit(run_queue(workspace, lambda calls: calls.hold(function), as_json=as_json))


@queue.command("resume")
def resume(function: FunctionArgument = "", workspace: WorkspaceOption = Path(),
           as_json: JsonOption = False) -> None:
    """Let the clock go on from where it was held, and run events that wait for your decision."""
    from workbench.cli.queue import run_queue

    raise typer.Exit(run_queue(workspace, lambda calls: calls.resume(function), as_json=as_json))


@queue.command("step")
def step(function: FunctionArgument = "", workspace: WorkspaceOption = Path(),
         as_json: JsonOption = False) -> None:
    """Under a held clock, forward it to the next event and try that one; print what became of it."""
    from workbench.cli.queue import run_queue

    raise typer.Exit(run_queue(workspace, lambda calls: calls.step(function), as_json=as_json))


@queue.command("forward")
def forward(
    function: FunctionArgument = "", workspace: WorkspaceOption = Path(),
    by: Annotated[str, typer.Option("--by", help="How far: 90s, 5m, 2h; without it, to the next event.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Move the clock forward. Under a held clock, print what became of the events that were tried."""
    from workbench.cli.queue import run_queue, seconds_in

    seconds = seconds_in(by)
    raise typer.Exit(run_queue(workspace, lambda calls: calls.forward(function, seconds), as_json=as_json))


@queue.command("retry")
def retry(number: NumberArgument, workspace: WorkspaceOption = Path(),
          as_json: JsonOption = False) -> None:
    """Try an event now, whatever its clock shows and however old it is."""
    from workbench.cli.queue import run_queue

    raise typer.Exit(run_queue(workspace, lambda calls: calls.retry(number), as_json=as_json))


@queue.command("drop")
def drop(
    number: Annotated[int, typer.Argument(help="The event's number in the list.", min=0)] = 0,
    workspace: WorkspaceOption = Path(),
    asked: Annotated[bool, typer.Option("--asked", help="Those that wait for your decision since the engine's start.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All events.")] = False,
    function: Annotated[str, typer.Option("--function", help="With --asked or --all: only this function's.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Drop an event, or several: it is not tried again and goes to no destination."""
    from workbench.cli.queue import DropOptions, run_queue

    chosen = DropOptions(number=number, asked=asked, everything=everything, function=function)
    chosen.check()
    raise typer.Exit(run_queue(workspace, chosen.drop, as_json=as_json))


@queue.command("edit")
def edit(
    number: NumberArgument, workspace: WorkspaceOption = Path(),
    event: Annotated[str, typer.Option("-e", "--event", help="The new payload: a JSON file or document, an event in events/ by "
                                       "name, or - (standard input).")] = "",
    send_again: Annotated[bool, typer.Option("--send-again", help="Begin anew, with all attempts, as if just accepted.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Replace what the function will get of an event, or have the event begin anew, or both."""
    from workbench.cli.event_argument import read_event
    from workbench.cli.queue import run_queue
    from workbench.model.failures import InvalidInput

    if not event and not send_again:
        raise InvalidInput("Nothing is to be changed.", "Give a new payload with --event, or --send-again.")
    payload = read_event(event, workspace.resolve()) if event else None
    raise typer.Exit(run_queue(workspace, lambda calls: calls.edit(number, payload, send_again=send_again), as_json=as_json))
