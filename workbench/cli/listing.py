"""`workbench list`: the functions of a workspace, and the warnings about its template."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.model.overrides import MASK
from workbench.model.shown import shown
from workbench.workspace.locating.options import Options
from workbench.workspace.workspace import Workspace


class Listing(msgspec.Struct, frozen=True, rename="camel"):
    """The document that `--json` prints."""

    functions: tuple[FunctionConfiguration, ...]
    warnings: tuple[str, ...]


def show_functions(root: Path, options: Options, *, as_json: bool) -> int:
    """Print one line per function, followed by its problems. Warnings about the template go to standard error.

    Returns exit status 0; raises WorkspaceError for a template that cannot be read.
    """
    workspace = Workspace.open(root, options=options)
    functions = workspace.functions()
    listing = Listing(tuple(map(_without_secrets, functions)), workspace.remarks(functions).warnings)
    if as_json:
        sys.stdout.write(msgspec.json.encode(listing).decode() + "\n")
        return 0
    if not functions:
        sys.stdout.write("The template has no functions.\n")
    widths = [max((len(row[column]) for row in map(_row, functions)), default=0) for column in range(3)]
    for function in functions:
        line = "  ".join(f"{part:<{width}}" for part, width in zip(_row(function), widths, strict=True))
        sys.stdout.write(shown(line.rstrip() + "\n" + "".join(f"  {problem}\n" for problem in function.problems)))
    sys.stdout.flush()
    sys.stderr.write(shown("".join(f"{warning}\n" for warning in listing.warnings)))
    return 0


def _without_secrets(function: FunctionConfiguration) -> FunctionConfiguration:
    """Mask the values of environment variables: what is printed ends in logs of CI and on screens."""
    return msgspec.structs.replace(function, environment=dict.fromkeys(function.environment, MASK))


def _row(function: FunctionConfiguration) -> tuple[str, str, str]:
    name = function.logical_id if function.logical_id == function.name else f"{function.logical_id} ({function.name})"
    return name, function.runtime or "image", f"{function.memory_mb} MB, {function.timeout_s} s"
