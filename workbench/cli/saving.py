"""`workbench api save` and `workbench api take`: functions go from the API into the template, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.model.saving import SavingReport, SavingWish, TakingReport
from workbench.model.shown import shown
from workbench.workspace.locating.options import Options

NOTHING = "The API made no function in this workspace's Region.\n"


def save_functions(workspace: Path, names: Sequence[str], wish: SavingWish, *, as_json: bool) -> int:
    """Save functions into the template, and print what was done. Returns exit status 0, 2 if one was refused."""
    async def save() -> list[SavingReport]:
        async with engine_of(workspace, Options()) as engine:
            return await engine.template.save_functions(names, wish)

    reports = run(save())
    if as_json:
        write_json(msgspec.json.encode(reports))
    else:
        lines = [line for report in reports for line in _saved(report, wish)]
        sys.stdout.write(shown("".join(f"{line}\n" for line in lines)) or NOTHING)
    return 2 if any(report.refused for report in reports) else 0


def take_function(workspace: Path, name: str, *, as_json: bool) -> int:
    """Take a function out of the template, and print what was done. Returns exit status 0; raises WorkbenchError."""
    async def take() -> TakingReport:
        async with engine_of(workspace, Options()) as engine:
            return await engine.template.take_function(name)

    report = run(take())
    if as_json:
        write_json(msgspec.json.encode(report))
    else:
        said = [f"{report.function} is a function of the API now. {report.template} does not have it any more; its files are "
                f"where they were. workbench trash restore {report.logical_id} brings the entry back.",
                *(f"  {sentence}" for sentence in report.lost)]
        sys.stdout.write(shown("".join(f"{line}\n" for line in said)))
    return 0


def _saved(report: SavingReport, wish: SavingWish) -> Iterator[str]:
    """Describe one function for the terminal."""
    if report.refused:
        yield f"{report.function} was not saved: {report.refused}"
        return
    places = f", its files in {' and '.join(report.folders)}" if report.folders else ""
    verb = "would be" if wish.is_preview else "is"
    yield f"{report.function} {verb} in {report.template} as {report.logical_id}{places}."
    if report.parameters:
        kept = "would be kept" if wish.is_preview else "are kept"
        yield (f"  Secrets are not written. New parameters of the template: {', '.join(report.parameters)}; their values {kept} "
               "on this machine only (workbench values).")
    yield from (f"  {sentence}" for sentence in report.kept)
    if wish.is_preview:
        yield report.changes
