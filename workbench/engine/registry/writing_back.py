"""Which overrides can be written into template.yaml, and as what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.model.overrides import CODE, DELETED
from workbench.workspace.function_changes import FunctionChanges

_CHANGES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "Runtime": ("runtime", str), "Handler": ("handler", str), "Description": ("description", str),
    "MemorySize": ("memory_mb", int), "Timeout": ("timeout_s", int),
    "EphemeralStorage": ("ephemeral_storage_mb", lambda value: value["Size"]),
    "Architectures": ("architecture", lambda value: value[0]),
    "Environment": ("environment", lambda value: dict((value or {}).get("Variables", {}))),
}
"""What becomes of a member of the settings: the field of FunctionChanges, and its value."""


def why_kept(member: str) -> str:
    """Say why an override cannot be written into the template; "" if it can."""
    if member == CODE:
        return "A package has no place in the template: put its files into the function's folder, then drop it."
    if member in _CHANGES or member == DELETED:
        return ""
    return f"{member} cannot be written into the template from here: write it by hand, then drop it."


def template_changes(values: Mapping[str, Any]) -> FunctionChanges:
    """Return what to change in the template for members of the settings and their values, all of which can be written."""
    return FunctionChanges(**{field: made(values[member]) for member, (field, made) in _CHANGES.items() if member in values})
