"""`workbench doctor`: shows the report of an examination."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from workbench.cli.engine_parts import build_engine
from workbench.cli.examination import examine
from workbench.cli.loop import run
from workbench.model.engine_api import DoctorReport
from workbench.workspace.state_directory import state_directory


def show_findings(workspace: Path, as_json: bool) -> int:
    """Print the report. Returns exit status 0 when at least one sandbox works here, else 1."""
    report = run(_report_of(workspace))
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        _print(report)
    return 0 if any(finding.ok and finding.subject.startswith("Sandbox") for finding in report.findings) else 1


async def _report_of(workspace: Path) -> DoctorReport:
    engine = build_engine(workspace, state_directory(workspace))
    async with engine.looking():
        return await examine(engine)


def _print(report: DoctorReport) -> None:
    console = Console(soft_wrap=True)
    console.print(f"Lambda Workbench {report.version}", highlight=False)
    for finding in report.findings:
        mark = Text("✓ ", "green") if finding.ok else Text("! ", "yellow")
        console.print(mark + Text(f"{finding.subject:<18} ", "bold") + Text(finding.detail))
        if finding.hint:
            console.print(Text(" " * 21 + finding.hint, "dim"))
