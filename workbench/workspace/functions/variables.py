"""A function's environment variables: those with known values as text, the others noted by name."""

from __future__ import annotations

from typing import Any

from workbench.workspace.functions.resource import FunctionResource, unknown_values
from workbench.workspace.intrinsics import as_text
from workbench.workspace.unresolved import Unresolved, unknowns_in


def environment(resource: FunctionResource) -> dict[str, str]:
    """Return the variables as text. Unknown ones are left out and noted in `resource.unknown`."""
    whole = resource.known("Environment")
    variables = resource.without_unknown(whole.get("Variables"), "Environment.Variables") if isinstance(whole, dict) else whole
    if isinstance(variables, dict):
        known = {name: _known(resource, name, value) for name, value in variables.items()}
        return {name: value for name, value in known.items() if value is not None}
    if variables is not None:
        resource.problems.append("Environment.Variables is not a map that can be read here.")
    return {}


def _known(resource: FunctionResource, name: str, value: Any) -> str | None:
    place = f"Environment.Variables.{name}"
    if not isinstance(value, Unresolved) and unknowns_in(value):
        value = Unresolved(as_text(value), unknowns_in(value))
    if isinstance(value, Unresolved):
        resource.unknown.extend(unknown_values(value, place))
        return None
    if isinstance(value, (dict, list)):
        resource.problems.append(f"{place} must be a string, but is {as_text(value)}.")
    return as_text(value)  # a variable without a value is empty text, as in SAM
