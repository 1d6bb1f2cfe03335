"""Detect what Node.js would find above a function's folder on this machine; on Lambda nothing is above /var/task.

It would find packages of the surrounding repository that are not deployed, and a package.json there would decide whether .js
files are ECMAScript modules. Source: Node.js documentation, "Loading from node_modules folders", "Determining module system".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.packages.list_files import read_list_if_there
from workbench.packages.node_projects import PACKAGE, read_document
from workbench.packages.targets import Target, language

MODULES = "node_modules"


def sees_more_than_lambda(function: FunctionConfiguration, target: Target, code: Path) -> bool:
    """Whether a function run in place, as a process, would see packages or settings that Lambda does not have. Blocks."""
    # The isolated sandbox and containers show the code at /var/task, with nothing of this machine above it.
    if target.sandbox != "process" or language(function.runtime)[0] != "nodejs":
        return False
    above = code.resolve().parents
    return any((folder / MODULES).is_dir() for folder in above) or (not (code / PACKAGE).is_file() and _are_modules(above))


def _are_modules(above: Sequence[Path]) -> bool:
    """Whether the nearest package.json makes .js files ECMAScript modules."""
    for folder in above:
        if (folder / PACKAGE).is_file():
            return bool(read_document(read_list_if_there(folder / PACKAGE)).get("type") == "module")
    return False
