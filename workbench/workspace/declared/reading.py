"""Reads all that a workspace's templates declare beside functions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from workbench.model.declarations import Declaration, Declarations
from workbench.model.function import FunctionConfiguration
from workbench.workspace.declared.apis import declare_apis
from workbench.workspace.declared.resources import declare_all
from workbench.workspace.declared.stack import DeclaringStack
from workbench.workspace.functions.resource import shortened
from workbench.workspace.nested.stacks import Stack

_log = logging.getLogger(__name__)


def read_declarations(stacks: Sequence[Stack], functions: Sequence[FunctionConfiguration]) -> Declarations:
    """Return the declarations of these stacks, the outermost first. What is wrong becomes a warning. Blocks."""
    found: list[Declaration] = []
    warnings: list[str] = []
    for stack in stacks:
        declaring = DeclaringStack(stack, functions)
        try:
            declare_all(declaring)
            declare_apis(declaring)
        except Exception as failure:  # an unusual value must not take the functions with it
            _log.info("Declarations of %s cannot be read", stack.template.path, exc_info=True)
            declaring.warn("Resources", f"they cannot all be read ({type(failure).__name__}); look for an unusual value.")
        found += declaring.found
        warnings += map(shortened, declaring.warnings)
    return Declarations(tuple(found), tuple(dict.fromkeys(warnings)), _modified_ms(stacks[0].template.path))


def _modified_ms(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns // 1_000_000
    except OSError:  # it has just been removed
        return 0
