"""`workbench trust`: what a folder would run on this machine, and which folders are trusted."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from workbench.cli.engine_parts import build_engine
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.model.failures import WorkspaceError
from workbench.model.shown import shown
from workbench.model.trust import TrustReport
from workbench.workspace.state_directory import state_directory
from workbench.workspace.trusted_folders import TrustedFolders


def show(workspace: Path, *, as_json: bool) -> int:
    """Print what the folder would run. Returns exit status 0 when nothing in it still needs trust, else 1."""
    report = run(_report(workspace, add=False))
    if as_json:
        write_json(msgspec.json.encode(report))
    else:
        sys.stdout.write(shown(words(report)))
    return 1 if report.is_limited else 0


def add(workspace: Path, *, below: bool) -> int:
    """Trust the folder and print what that allows. `below`: trust every folder in it, now and later.

    Returns exit status 0; raises WorkspaceError when the list of trusted folders cannot be written.
    """
    if below:
        _folder(workspace)
        TrustedFolders().trust_below(workspace)
        sys.stdout.write(f"Everything in {workspace} is trusted from now on.\n")
        return 0
    report = run(_report(workspace, add=True))
    sys.stdout.write(shown(words(report)))
    return 0


def withdraw(workspace: Path) -> int:
    """Remove the folder from the list of trusted folders. Returns exit status 0, or 1 when it was not in the list."""
    folders = TrustedFolders()
    if folders.withdraw(workspace):
        sys.stdout.write(f"{workspace} is no longer trusted.\n")
        return 0
    above = folders.above(workspace)
    more = f" It is in {above}, which is trusted with everything in it: withdraw that." if above else ""
    sys.stdout.write(f"{workspace} was not in the list of trusted folders.{more}\n")
    return 1


def list_trusted() -> int:
    """Print the trusted folders, one per line. Returns exit status 0."""
    for folder, below in TrustedFolders().all():
        sys.stdout.write(shown(f"{folder}{' and everything in it' if below else ''}\n"))
    return 0


def words(report: TrustReport) -> str:
    """Format a report for the terminal."""
    said = {"trusted": "is trusted", "declined": "is not trusted: you chose to only look at it", "unknown": "is not trusted"}
    lines = [f"{report.folder} {said[report.standing]}" + (f", like everything in {report.below}." if report.below else ".")]
    lines += [f"  {'+' if item.agreed else '-'} {item.text}" for item in report.items]
    if report.runs_as_processes:
        mark = "+" if report.standing == "trusted" else "-"
        lines.append(f"  {mark} Functions run as processes of this machine, with your rights")
    if report.is_limited:
        lines.append("Items marked with - do not run until you trust the folder: workbench trust add")
    elif report.standing != "trusted":
        lines.append("Nothing in it needs trust: its functions run in a sandbox.")
    return "\n".join(lines) + "\n"


async def _report(workspace: Path, *, add: bool) -> TrustReport:
    _folder(workspace)
    engine = build_engine(workspace, state_directory(workspace))
    async with engine.looking():
        if engine.functions.problem and not engine.functions.has_no_template:
            raise WorkspaceError(engine.functions.problem)
        return await (engine.trust.agree() if add else engine.trust.report())


def _folder(workspace: Path) -> None:
    if not workspace.is_dir():
        raise WorkspaceError(f"There is no folder {workspace}.", "Name a folder with -w.")
