"""What Node.js finds above a function's folder on this machine, where on Lambda there is nothing above /var/task.

Packages of a repository around the code would be found that are not deployed, and a package.json there would say what kind of
modules the code's files are. Source: Node.js documentation, "Loading from node_modules folders", "Determining module system".
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
    """Whether a function would not run the same in place as it does on Lambda. Blocks."""
    if target.sandbox != "process" or language(function.runtime)[0] != "nodejs":
        return False
    above = code.resolve().parents
    return any((folder / MODULES).is_dir() for folder in above) or (not (code / PACKAGE).is_file() and _are_modules(above))


def _are_modules(above: Sequence[Path]) -> bool:
    """Whether the next package.json makes .js files ECMAScript modules."""
    for folder in above:
        if (folder / PACKAGE).is_file():
            return bool(read_document(read_list_if_there(folder / PACKAGE)).get("type") == "module")
    return False
