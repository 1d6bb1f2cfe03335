"""Writes new parts of a template: in block style for YAML files, in flow style inside braces and JSON templates."""

from __future__ import annotations

import json
from typing import Any

from workbench.workspace.yaml_values import written


def block_lines(value: dict[str, Any] | list[Any], indent: int, step: int) -> list[str]:
    """Return the lines (without line ends) of a map or list in block style, indented by `indent` columns."""
    if isinstance(value, list):
        return [f"{' ' * indent}- {_reference(item) or flow_text(item)}" for item in value]
    lines: list[str] = []
    for key, item in value.items():
        lines += _pair_lines(key, item, indent, step)
    return lines


def _pair_lines(key: str, item: Any, indent: int, step: int) -> list[str]:
    head = f"{' ' * indent}{written(key)}:"
    reference = _reference(item)
    if reference:
        return [f"{head} {reference}"]
    if isinstance(item, (dict, list)) and item:
        return [head, *block_lines(item, indent + step, step)]
    return [f"{head} {flow_text(item, flow=False)}"]


def _reference(value: Any) -> str:
    """Return `!Ref Name` or `!GetAtt Name.Attribute`, as people write them, for the long form; "" for anything else."""
    if not isinstance(value, dict) or len(value) != 1:
        return ""
    name, attribute = value.get("Ref"), value.get("Fn::GetAtt")
    if isinstance(name, str):
        return f"!Ref {written(name, flow=True)}"
    if isinstance(attribute, list) and len(attribute) == 2 and all(map(str.isalnum, attribute)):
        return f"!GetAtt {'.'.join(attribute)}"
    return ""


def flow_text(value: Any, *, json_like: bool = False, flow: bool = True) -> str:
    """Write a value on one line; `json_like` quotes every key and text."""
    reference = "" if json_like else _reference(value)
    if reference:
        return reference
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key, json_like)}: {flow_text(item, json_like=json_like)}" for key, item in value.items())
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow_text(item, json_like=json_like) for item in value) + "]"
    return written(value, flow=flow, json_like=json_like)


def _key(key: str, json_like: bool) -> str:
    return json.dumps(key) if json_like else written(key, flow=True)
