"""Which resources are functions, and their properties: a function's own and those of Globals, merged as SAM does."""

from __future__ import annotations

from typing import Any

from workbench.workspace.intrinsics import intrinsic_name
from workbench.workspace.template import TemplateView

SERVERLESS = "AWS::Serverless::Function"
PLAIN_LAMBDA = "AWS::Lambda::Function"
FUNCTION_TYPES = (SERVERLESS, PLAIN_LAMBDA)
_REPLACED_LISTS = ("Architectures",)
"""Lists that a function's own value replaces; SAM concatenates all others from Globals and the function."""


def merge_globals(shared: Any, own: Any, key: str = "") -> Any:
    """Merge Globals and a function's own properties as SAM does: maps by key, lists concatenated, otherwise its own value.

    An intrinsic counts as a simple value. Source: SAM guide, "Globals section", "Overridable properties".
    """
    if isinstance(shared, dict) and isinstance(own, dict) and not intrinsic_name(shared) and not intrinsic_name(own):
        both = {name: merge_globals(shared[name], own[name], name) for name in own if name in shared}
        return {**shared, **own, **both}
    if isinstance(shared, list) and isinstance(own, list) and key not in _REPLACED_LISTS:
        return shared + own
    return own


def function_ids(template: TemplateView) -> tuple[str, ...]:
    """Return the logical IDs of the template's functions in its order, whatever their conditions."""
    resources = template.section("Resources")
    return tuple(key for key, value in resources.items() if isinstance(value, dict) and value.get("Type") in FUNCTION_TYPES)


def own_properties(template: TemplateView, logical_id: str) -> dict[str, Any]:
    """Return a resource's own properties, unmerged and unresolved; {} if it has none."""
    properties = template.section("Resources")[logical_id].get("Properties")
    return properties if isinstance(properties, dict) and not intrinsic_name(properties) else {}


def shared_properties(template: TemplateView, logical_id: str) -> dict[str, Any]:
    """Return what the Globals section gives this function; it only applies to AWS::Serverless::Function.

    The resource attribute IgnoreGlobals excludes all (`"*"`) or the listed properties.
    Source: SAM guide, "Globals section", "IgnoreGlobals".
    """
    resource = template.section("Resources")[logical_id]
    shared = template.section("Globals").get("Function")
    if resource.get("Type") != SERVERLESS or not isinstance(shared, dict):
        return {}
    ignored = resource.get("IgnoreGlobals")
    if ignored == "*":
        return {}
    return {name: value for name, value in shared.items() if not isinstance(ignored, list) or name not in ignored}
