"""Whether a pattern of FilterCriteria is one. Source: Lambda guide, "Filter rule syntax"; recorded answers of the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.registry.checks import invalid

_OPERATORS = frozenset({"prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "exists"})
_DEPTH_LIMIT = 100
"""More nesting than any event has: a pattern must not exhaust the stack."""


def check_filters(criteria: Mapping[str, Any]) -> None:
    """Refuse filter criteria with a pattern that is none. Raises ServiceError."""
    for each in criteria.get("Filters") or ():
        if not is_pattern((each or {}).get("Pattern") or ""):
            raise invalid("Invalid filter pattern definition.", "A pattern is a JSON object whose leaves are lists of values.")


def is_pattern(text: str) -> bool:
    """Whether a text is a pattern: an object of objects, at whose ends there are lists that are not empty."""
    try:
        pattern = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return isinstance(pattern, dict) and _is_object(pattern, 0)


def _is_object(pattern: dict[str, Any], depth: int) -> bool:
    return depth < _DEPTH_LIMIT and all(
        _is_or(value, depth) if key == "$or" else _is_rule(value, depth) for key, value in pattern.items())


def _is_or(alternatives: Any, depth: int) -> bool:
    return isinstance(alternatives, list) and bool(alternatives) and all(
        isinstance(each, dict) and _is_object(each, depth + 1) for each in alternatives)


def _is_rule(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return _is_object(value, depth + 1)
    return isinstance(value, list) and bool(value) and all(map(_is_leaf, value))


def _is_leaf(value: Any) -> bool:
    """Whether this is a value to compare with, or one operator."""
    if isinstance(value, dict):
        return len(value) == 1 and value.keys() <= _OPERATORS
    return not isinstance(value, list)
