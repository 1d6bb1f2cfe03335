"""A template as a caller submits it: parsed, and checked for what CloudFormation refuses before anything is evaluated.

Source: CloudFormation guide, "Template sections"; recorded answers of the service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.engine.cloudformation.refusals import format_error
from workbench.model.failures import WorkspaceError
from workbench.workspace.template import Template

_SECTIONS = ("AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Parameters", "Mappings", "Conditions", "Rules",
             "Resources", "Outputs", "Globals", "Hooks", "Fn::Transform")
_LOGICAL_ID = re.compile(r"[a-zA-Z0-9]{1,255}")
_RESOURCE_MEMBERS = ("Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy",
                     "UpdatePolicy", "CreationPolicy", "Connectors", "IgnoreGlobals")
_NAME = Path("template.yaml")


def parsed(text: str) -> dict[str, Any]:
    """Return a template as plain data, intrinsics in long form. Raises ServiceError for a text that is none. Blocks."""
    try:
        data = Template(_NAME, text).data
    except WorkspaceError as error:
        raise format_error(f"{error.message.removeprefix(_NAME.name + ', ')}") from error
    if not data:
        raise format_error("unsupported structure.")
    unknown = [name for name in data if name not in _SECTIONS]
    if unknown:
        raise format_error(f"Invalid template property or properties [{', '.join(unknown)}]")
    if not data.get("Resources"):
        raise format_error("At least one Resources member must be defined.")
    return data


def checked(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a template after its transforms. Raises ServiceError for resources that are malformed."""
    for logical_id, resource in data["Resources"].items():
        if not _LOGICAL_ID.fullmatch(logical_id):
            raise format_error(f"Resource name {logical_id} is non alphanumeric.")
        if not isinstance(resource, dict):
            raise format_error(f"[/Resources/{logical_id}] resource definition is malformed")
        if not isinstance(resource.get("Type"), str):
            raise format_error(f"[/Resources/{logical_id}] Every Resources object must contain a Type member.")
        unknown = [name for name in resource if name not in _RESOURCE_MEMBERS]
        if unknown:
            raise format_error(f"Invalid template resource property '{unknown[0]}'")
    return data


def transforms_of(data: Mapping[str, Any]) -> list[str]:
    """Return the names of a template's transforms, in their order."""
    written = data.get("Transform") or []
    listed = written if isinstance(written, list) else [written]
    return [str(each.get("Name", "")) if isinstance(each, dict) else str(each) for each in listed]


def section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a section of a template, {} if it is missing."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}
