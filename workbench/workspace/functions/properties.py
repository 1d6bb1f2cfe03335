"""Which resources are functions, and the properties that each has: its own with those of Globals, merged as SAM merges them."""

from __future__ import annotations

from typing import Any

from workbench.workspace.intrinsics import intrinsic_name
from workbench.workspace.template import TemplateView

SERVERLESS = "AWS::Serverless::Function"
PLAIN_LAMBDA = "AWS::Lambda::Function"
FUNCTION_TYPES = (SERVERLESS, PLAIN_LAMBDA)
_REPLACED_LISTS = ("Architectures",)
"""SAM concatenates every other list of Globals and function."""


def merge_globals(shared: Any, own: Any, key: str = "") -> Any:
    """Globals and a function's own properties as SAM merges them: maps by key, lists one after the other, else the own value.

    An intrinsic counts as a simple value. Source: SAM guide, "Globals section", "Overridable properties".
    """
    if isinstance(shared, dict) and isinstance(own, dict) and not intrinsic_name(shared) and not intrinsic_name(own):
        both = {name: merge_globals(shared[name], own[name], name) for name in own if name in shared}
        return {**shared, **own, **both}
    if isinstance(shared, list) and isinstance(own, list) and key not in _REPLACED_LISTS:
        return shared + own
    return own


def function_ids(template: TemplateView) -> tuple[str, ...]:
    """The logical ids of the template's functions, in its order, whatever their conditions say."""
    resources = template.section("Resources")
    return tuple(key for key, value in resources.items() if isinstance(value, dict) and value.get("Type") in FUNCTION_TYPES)


def own_properties(template: TemplateView, logical_id: str) -> dict[str, Any]:
    """A resource's own properties, unmerged and unresolved; {} when it has none."""
    properties = template.section("Resources")[logical_id].get("Properties")
    return properties if isinstance(properties, dict) and not intrinsic_name(properties) else {}


def shared_properties(template: TemplateView, logical_id: str) -> dict[str, Any]:
    """What the Globals section gives this function; only AWS::Serverless::Function takes part.

    The resource attribute IgnoreGlobals takes it out of all (`"*"`) or of the listed properties.
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
