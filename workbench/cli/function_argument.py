"""Find the function that a command's argument names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration

_HASH = r"[0-9A-F]{8}"
"""The suffix of CDK's logical IDs. Source: CDK guide, "Identifiers and the AWS CDK", "Logical IDs"."""


def function_named(asked: str, functions: Sequence[FunctionConfiguration]) -> FunctionConfiguration | None:
    """The function with this name or logical ID, else the only one with this ID in a CDK application; None if there is none.

    Raises InvalidInput for an empty name.
    """
    if not asked.strip():
        names = ", ".join(function.name for function in functions)
        raise InvalidInput("The function's name is empty.", f"This workspace has: {names or 'no functions yet'}.")
    for function in functions:
        if asked in (function.name, function.logical_id):
            return function
    constructs = [function for function in functions if re.fullmatch(re.escape(asked) + _HASH, function.logical_id)]
    return constructs[0] if len(constructs) == 1 else None
