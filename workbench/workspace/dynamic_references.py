"""Dynamic references in a text, `{{resolve:ssm:/app/key:1}}`: values that CloudFormation looks up when it deploys.

Source: CloudFormation user guide, "Using dynamic references to specify template values".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.workspace.unresolved import Unknown, UnknownKind, Unresolved

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*?)\}\}")
_WORDS: dict[str, tuple[UnknownKind, str]] = {
    "ssm": ("ssm", "SSM parameter"), "ssm-secure": ("ssm", "secure SSM parameter"), "secretsmanager": ("secret", "secret")}


def with_dynamic_references(value: Any, given: Mapping[str, str]) -> Any:
    """Return the value with its dynamic references replaced by given values; Unresolved if one of them is not known.

    The key of a reference in `given` is the text between its braces.
    """
    text = value.text if isinstance(value, Unresolved) else value
    if not isinstance(text, str) or "{{resolve:" not in text:
        return value
    unknowns: list[Unknown] = list(value.unknowns) if isinstance(value, Unresolved) else []

    def value_of(match: re.Match[str]) -> str:
        key = match.group()[2:-2]
        if key in given:
            return given[key]
        kind, words = _WORDS[match.group(1)]
        unknowns.append(Unknown(kind, f"{words} {match.group(2)}", key))
        return f"<unresolved: {unknowns[-1].what}>"

    result = _REFERENCE.sub(value_of, text)
    return Unresolved(result, tuple(dict.fromkeys(unknowns))) if unknowns else result
