"""`workbench invocations`, `workbench logs` and their options. Their implementation is imported only when they are called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.template_options import WorkspaceOption

LimitOption = Annotated[int, typer.Option("-n", "--limit", help="How many to print at most.", min=1, max=100_000)]
JsonOption = Annotated[bool, typer.Option("--json", help="As one JSON document.")]
FunctionOption = Annotated[str, typer.Option("-f", "--function", help="Only this function, by its name.")]


class Start(StrEnum):
    """The starts that `--start` accepts."""

    cold = "cold"
    warm = "warm"


class Status(StrEnum):
    """The statuses that `--status` accepts."""

    success = "success"
    error = "error"
    timeout = "timeout"
    failure = "failure"
    canceled = "canceled"
    unfinished = "unfinished"


# The docstrings of commands are their --help texts.
def invocations(
    workspace: WorkspaceOption = Path(),
    function: FunctionOption = "",
    version: Annotated[str, typer.Option(help="Only what this version executed: a number, or $LATEST.")] = "",
    status: Annotated[Status | None, typer.Option(help="Only those with this status.")] = None,
    start: Annotated[Start | None, typer.Option(help="Only those that started like this.")] = None,
    since: Annotated[str, typer.Option(help="Only those received from then on: 2026-11-30T14:05.")] = "",
    until: Annotated[str, typer.Option(help="Only those received before.")] = "",
    text: Annotated[str, typer.Option(help="Only those that logged this, in any case.")] = "",
    query: Annotated[str, typer.Option("-q", "--query", help="As in the window's history: is:failed duration>100 paid.")] = "",
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List earlier invocations, the latest first: time, request id, version, start, status, duration, memory."""
    from workbench.cli.choices import chosen
    from workbench.cli.past_invocations import PastOptions, asked, moment_ms, show_invocations

    root, choices = chosen(workspace, "", "", None, "")
    typed = asked(query, {
        "function_name": function, "version": version, "status": status.value if status else "",
        "start": start.value if start else "", "since_ms": moment_ms(since), "until_ms": moment_ms(until)})
    raise typer.Exit(show_invocations(PastOptions(
        workspace=root, wanted=typed.wanted, text=text or typed.text, place="log" if text else typed.place, limit=limit,
        as_json=as_json, choices=choices)))


def logs(
    text: Annotated[str, typer.Argument(help="What the lines contain, in any case, from the beginning of a word.")] = "",
    workspace: WorkspaceOption = Path(),
    function: FunctionOption = "",
    typed: Annotated[str, typer.Option("--filter", help="As in the window: level:warn, /regex/, $.id=17, env:ID.")] = "",
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Find lines of functions' logs by their text, the latest first: time, request id, function, line."""
    from workbench.cli.choices import chosen
    from workbench.cli.past_invocations import PastOptions, show_lines
    from workbench.model.past_invocations import PastInvocationFilter

    root, choices = chosen(workspace, "", "", None, "")
    raise typer.Exit(show_lines(PastOptions(
        workspace=root, wanted=PastInvocationFilter(function_name=function), text=text, typed=typed, limit=limit,
        as_json=as_json, choices=choices)))
