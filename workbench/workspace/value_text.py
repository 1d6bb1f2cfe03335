"""Values of a template as text: as CloudFormation converts them, and as a person would write them."""

from __future__ import annotations

import json
from typing import Any

from workbench.workspace.characters import whole_characters
from workbench.workspace.pseudo_parameters import NO_VALUE
from workbench.workspace.unresolved import Unresolved


def as_text(value: Any) -> str:
    """Convert a resolved value to text as CloudFormation does: booleans in lower case, "" for null."""
    if isinstance(value, Unresolved):
        return value.text
    if value is None or value is NO_VALUE:
        return ""
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(as_text, value))
    return json.dumps(value, default=as_text) if isinstance(value, dict) else str(value)


def shown(name: str, argument: Any) -> str:
    """Return an intrinsic as a person would write it in YAML, on one line: `!GetAtt Api.Url`."""
    short = "!" + name.removeprefix("Fn::")
    if name == "Fn::GetAtt" and isinstance(argument, list):
        return f"{short} {'.'.join(map(str, argument))}"
    return f"{short} {argument}" if isinstance(argument, (str, int)) else f"{short} {json.dumps(argument, default=as_text)}"


def intrinsic_name(value: Any) -> str:
    """Return the name of the intrinsic function that a value is (`Ref`, `Fn::Sub` ...), "" for any other value."""
    if isinstance(value, dict) and len(value) == 1:
        (name,) = value
        if name == "Ref" or str(name).startswith("Fn::") or (name == "Condition" and isinstance(value[name], str)):
            return str(name)
    return ""
