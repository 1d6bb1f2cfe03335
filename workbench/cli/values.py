"""`workbench values`: list the values that the template asks for, and set them."""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.cli.loop import run
from workbench.client.engine_process import attach
from workbench.model.shown import shown
from workbench.workspace.locating.options import Options
from workbench.workspace.state_directory import state_directory
from workbench.workspace.values.asked import AskedValue
from workbench.workspace.workspace import Workspace

_SOURCES = {"command": "given here", "yours": "yours", "samconfig": "samconfig", "default": "default", "missing": "not given"}


def show_values(root: Path, options: Options) -> int:
    """Print each value with its source and details. Returns exit status 0; raises WorkspaceError for an unreadable template."""
    asked = Workspace.open(root, options=options).asked_values()
    if not asked:
        sys.stdout.write("The template asks for no values.\n")
    width = max((len(value.key) for value in asked), default=0)
    for value in asked:
        line = f"{value.key:<{width}}  {_SOURCES[value.source]:<9}  {value.shown}\n{_more(value, width)}"
        sys.stdout.write(shown(line))
    return 0


def give_value(root: Path, options: Options, key: str, value: str | None) -> int:
    """Store a value (None removes it; "-" reads it from standard input) and have a running engine read it.

    Returns exit status 0; raises InvalidInput for a value that the template does not allow.
    """
    text = sys.stdin.read().removesuffix("\n") if value == "-" else value
    Workspace.open(root, options=options).give(key, text)
    run(_refresh(root))
    return 0


def _more(value: AskedValue, width: int) -> str:
    said = [value.kind, value.description, f"one of {', '.join(value.allowed)}" if value.allowed else "",
            f"needed by {', '.join(value.functions)}" if value.functions and value.source == "missing" else ""]
    return f"{'':<{width}}  {'; '.join(filter(None, said))}\n"


async def _refresh(root: Path) -> None:
    running = await attach(state_directory(root))
    if running is not None:
        async with running:
            await running.refresh()
