"""The commands of `workbench`. What each does is in the module of its name, imported only when it is called."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.model.failures import WorkbenchError, WorkspaceError

application = typer.Typer(
    name="workbench",
    help="Write AWS Lambda functions, run them locally exactly as Lambda would, and watch cold starts, logs and costs.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

COMMANDS = ("open", "serve", "invoke", "doctor")
EXIT_FUNCTION_FAILED = 1
EXIT_NOT_RUN = 2

WorkspaceOption = Annotated[Path, typer.Option("-w", "--workspace", help="The SAM project folder.", file_okay=False)]


class Sandbox(StrEnum):
    """The kinds of sandbox a person can ask for."""

    process = "process"
    docker = "docker"


@application.command("open")
def open_window(
    directory: Annotated[Path | None, typer.Argument(help="The SAM project folder (the last one without it).")] = None,
) -> None:
    """Open the window (also: workbench [DIR])."""
    if directory is not None and not directory.is_dir():
        hint = f"Name a SAM project folder, or one of the commands {', '.join(COMMANDS)}."
        raise WorkspaceError(f"There is no folder {directory}.", hint)
    _require_display()
    from workbench.gui.app import run_window

    raise typer.Exit(run_window(directory.resolve() if directory else None))


@application.command()
def serve(
    workspace: WorkspaceOption = Path(),
    port: Annotated[int, typer.Option("-p", "--port", help="0 for any free port.", min=0, max=65535)] = 9001,
    sandbox: Annotated[Sandbox | None, typer.Option(help="Run everything there, whatever the settings say.")] = None,
    child: Annotated[bool, typer.Option("--child", hidden=True, help="End when the parent is gone.")] = False,
) -> None:
    """Run the engine alone, for boto3, the AWS CLI and scripts."""
    from workbench.cli.serve import run_engine

    raise typer.Exit(
        run_engine(workspace.resolve(), 0 if child else port, sandbox.value if sandbox else None, is_child=child)
    )


@application.command()
def invoke(
    function: Annotated[str, typer.Argument(help="The function's name or logical id.")],
    workspace: WorkspaceOption = Path(),
    event: Annotated[
        str, typer.Option("-e", "--event", help="A JSON file, the name of an event in events/, or - for standard input.")
    ] = "",
    sandbox: Annotated[Sandbox | None, typer.Option(help="Where to run it.")] = None,
    cold: Annotated[bool, typer.Option("--cold", help="Start in a new environment.")] = False,
    repeat: Annotated[int, typer.Option(help="Invoke so many times, one after the other.", min=1)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document a line and invocation.")] = False,
) -> None:
    """Invoke a function and show its answer, log, timeline and cost.

    Exit status: 0 the function succeeded, 1 it failed, 2 it could not be run.
    """
    from workbench.cli.invoke import InvokeOptions, run_invocations

    options = InvokeOptions(
        function=function,
        workspace=workspace.resolve(),
        event=event,
        sandbox=sandbox.value if sandbox else None,
        cold=cold,
        repeat=repeat,
        as_json=as_json,
    )
    raise typer.Exit(run_invocations(options))


@application.command()
def doctor(
    workspace: WorkspaceOption = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Say what is here (Docker or Podman, interpreters, images, ports) and what to do about what is not."""
    from workbench.cli.doctor import show_findings

    raise typer.Exit(show_findings(workspace.resolve(), as_json))


def _require_display() -> None:
    """Qt itself would abort the process. Raises WorkbenchError."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform == "linux" and not named:
        raise WorkbenchError("There is no display to open a window on.", "Here, use 'workbench invoke' or 'workbench serve'.")


def main() -> None:
    """Entry point: `workbench`, `workbench DIR`, `workbench COMMAND`."""
    arguments = sys.argv[1:]
    if not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-")):
        arguments = ["open", *arguments]
    try:
        application(arguments)
    except WorkbenchError as error:
        typer.echo(f"workbench: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        raise SystemExit(EXIT_NOT_RUN) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
