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
    """Print what it would run. 0 when nothing is left to be trusted, 1 else."""
    report = run(_report(workspace, add=False))
    if as_json:
        write_json(msgspec.json.encode(report))
    else:
        sys.stdout.write(shown(words(report)))
    return 1 if report.is_limited else 0


def add(workspace: Path, *, below: bool) -> int:
    """Trust it, and print what for. 0; raises WorkspaceError when that cannot be kept."""
    if below:
        _folder(workspace)
        TrustedFolders().trust_below(workspace)
        sys.stdout.write(f"All that lies in {workspace} is trusted from now on.\n")
        return 0
    report = run(_report(workspace, add=True))
    sys.stdout.write(shown(words(report)))
    return 0


def withdraw(workspace: Path) -> int:
    """Trust it no more. 0, 1 when it was not trusted."""
    folders = TrustedFolders()
    if folders.withdraw(workspace):
        sys.stdout.write(f"{workspace} is trusted no more.\n")
        return 0
    above = folders.above(workspace)
    more = f" It lies in {above}, which is trusted with all in it: withdraw that." if above else ""
    sys.stdout.write(f"{workspace} was not in the list of trusted folders.{more}\n")
    return 1


def list_trusted() -> int:
    """Print the list. 0."""
    for folder, below in TrustedFolders().all():
        sys.stdout.write(shown(f"{folder}{' and all in it' if below else ''}\n"))
    return 0


def words(report: TrustReport) -> str:
    """The report for people."""
    said = {"trusted": "is trusted", "declined": "is not trusted: you chose to look at it only", "unknown": "is not trusted"}
    lines = [f"{report.folder} {said[report.standing]}" + (f", as all in {report.below} is." if report.below else ".")]
    lines += [f"  {'+' if item.agreed else '-'} {item.text}" for item in report.items]
    if report.runs_as_processes:
        mark = "+" if report.standing == "trusted" else "-"
        lines.append(f"  {mark} Functions run as processes of this machine, with your rights")
    if report.is_limited:
        lines.append("What is marked with - does not run until you trust it: workbench trust add")
    elif report.standing != "trusted":
        lines.append("Nothing in it has to be trusted: its functions run in a sandbox.")
    return "\n".join(lines) + "\n"


async def _report(workspace: Path, *, add: bool) -> TrustReport:
    _folder(workspace)
    engine = build_engine(workspace, state_directory(workspace))
    try:
        await engine.sandboxes.probe()
        await engine.functions.refresh()
        if engine.functions.problem:
            raise WorkspaceError(engine.functions.problem)
        return await (engine.trust() if add else engine.trust_report())
    finally:
        await engine.sandboxes.close()


def _folder(workspace: Path) -> None:
    if not workspace.is_dir():
        raise WorkspaceError(f"There is no folder {workspace}.", "Name a folder with -w.")
