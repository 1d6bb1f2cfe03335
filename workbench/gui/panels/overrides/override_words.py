"""Overrides in the window's words."""

from __future__ import annotations

import json
from typing import Any

from workbench.model.overrides import CODE, OverrideInfo

_DIGEST_CHARACTERS = 12
_LIST_MOST = 6


def value_in_force(override: OverrideInfo) -> str:
    """Return the API's value of an override as people read it."""
    if override.property == CODE and override.value and ":" not in override.value:  # no image's name
        return f"package {override.value[:_DIGEST_CHARACTERS]}…"
    return _text(override, override.value)


def template_value(override: OverrideInfo) -> str:
    """Return the template's value of an override as people read it."""
    if override.property == CODE and override.template_value and ":" not in override.template_value:
        return "the function's own files"
    return _text(override, override.template_value)


def _text(override: OverrideInfo, value: Any) -> str:
    """Return `512`, `STAGE, TABLE` for variables, `not set`."""
    if value in (None, "", [], {}):
        return "not set"
    if override.property == "Environment":
        return _names(list(value.get("Variables", {}))) or "not set"
    if isinstance(value, dict) and len(value) == 1:  # {"Size": 512}
        value = next(iter(value.values()))
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _LIST_MOST} more" if len(names) > _LIST_MOST else ""
    return ", ".join(names[:_LIST_MOST]) + more
