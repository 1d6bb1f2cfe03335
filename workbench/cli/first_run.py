"""The first run: open the starter workspace in the window or, without a display, invoke its function cold and warm."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console

from workbench.cli.invoke import InvokeOptions, run_invocations
from workbench.cli.window import show_window
from workbench.model.failures import WorkbenchError, WorkspaceError
from workbench.workspace.locating.locate import TemplateNotChosen, locate
from workbench.workspace.locating.options import Options
from workbench.workspace.locating.other_projects import kind_of
from workbench.workspace.starters import create_workspace
from workbench.workspace.workspace import Workspace


def main(arguments: list[str]) -> int:
    """Run with the arguments `[--window] DIR` and return the exit status. A folder without a template gets the starter."""
    root = Path(arguments[-1]).resolve()
    console = Console(highlight=False, soft_wrap=True)
    try:
        _make_starter(root)
        if arguments[0] == "--window":
            return show_window(root)
        function = _first_function(root)
        console.print(f"{root}: {function}, once cold and once warm.\n")
        status = run_invocations(InvokeOptions(function=function, workspace=root, event=_event(root), repeat=2))
    except WorkbenchError as error:
        console.print(str(error))
        return 2
    program, folder = shlex.quote(_program()), shlex.quote(str(root))
    console.print(f"Invoke it again:   {program} invoke {function} -w {folder}\nServe boto3:       {program} serve -w {folder}")
    return status


def _program() -> str:
    """What to type to run `workbench`: its path when it is not on PATH, as in a checkout."""
    if shutil.which("workbench") is not None:
        return "workbench"
    program = Path(sys.executable).with_name("workbench")
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)


def _make_starter(root: Path) -> None:
    try:
        locate(root, Options())
    except TemplateNotChosen:
        raise
    except WorkspaceError:
        if kind_of(root) is not None:  # a project of another kind (CDK, Serverless Framework, …): leave it alone
            raise
        create_workspace(root)


def _first_function(root: Path) -> str:
    functions = Workspace.open(root).functions()
    if not functions:
        raise WorkspaceError(f"{root} has no functions.", "Add an AWS::Serverless::Function to template.yaml.")
    return functions[0].name


def _event(root: Path) -> str:
    return "hello" if (root / "events" / "hello.json").exists() else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
