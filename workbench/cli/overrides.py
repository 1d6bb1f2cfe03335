"""`workbench overrides`: what the Lambda API changed of the template's functions; drop it, or write it into the template."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from workbench.cli.invoke import engine_of
from workbench.cli.loop import run
from workbench.cli.output import write_json
from workbench.client.api import EngineClient
from workbench.model.failures import InvalidInput
from workbench.model.overrides import DELETED, OverrideInfo
from workbench.model.shown import shown
from workbench.workspace.locating.options import Options


class OverrideOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the person asked for. `function` is "" for all functions, `property` "" for all of a function's properties."""

    workspace: Path
    function: str = ""
    property: str = ""
    drop: bool = False
    write_back: bool = False
    as_json: bool = False
    choices: Options = Options()

    def check(self) -> None:
        """Raise InvalidInput for what cannot be done together."""
        if self.drop and self.write_back:
            raise InvalidInput("Overrides are either dropped or written back.", "Name one of --drop and --write-back.")
        if (self.drop or self.write_back) and not self.function:
            raise InvalidInput("No function is named.", "Name it: workbench overrides FUNCTION --drop")


def run_overrides(options: OverrideOptions) -> int:
    """Drop or write back what was asked for, and print what is left. Returns exit status 0; raises WorkbenchError."""
    options.check()
    return run(_run(options))


async def _run(options: OverrideOptions) -> int:
    async with engine_of(options.workspace, options.choices) as client:
        left = await _changed(client, options)
    if options.as_json:
        write_json(msgspec.json.encode(left))
    else:
        sys.stdout.write(shown(words(left)))
    return 0


async def _changed(client: EngineClient, options: OverrideOptions) -> list[OverrideInfo]:
    if options.drop:
        return await client.template.drop_overrides(options.function, options.property or None)
    if options.write_back:
        return await client.template.write_back_overrides(options.function, options.property or None)
    return [each for each in await client.template.overrides(options.function) if options.property in ("", each.property)]


def words(overrides: Sequence[OverrideInfo]) -> str:
    """Format overrides for the terminal."""
    lines: list[str] = []
    function = ""
    for each in overrides:
        lines += [] if each.function == function else [each.function]
        function = each.function
        lines += _lines(each)
    return "\n".join(lines or ["The API changed nothing of the template's functions."]) + "\n"


def _lines(override: OverrideInfo) -> list[str]:
    if override.property == DELETED:
        return ["  deleted through the API; the template still has it"]
    lines = [f"  {override.property:<16}  {_value(override.value)}  (template: {_value(override.template_value)})"]
    if override.in_conflict:
        lines.append("    changed in the template since")
    return [*lines, *([f"    {override.why_kept}"] if override.why_kept else [])]


def _value(value: Any) -> str:
    if value is None:
        return "not set"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
