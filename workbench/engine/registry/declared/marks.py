"""Versions of the template in the parameters of other declarations: marks, in whose places their numbers are put."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.model.declarations import VERSION_MARK
from workbench.model.failures import ServiceError


def with_numbers(value: Any, numbers: Mapping[str, str]) -> Any:
    """Return a value with the number of each version that it names, at any depth. Raises ServiceError for one that has none."""
    if isinstance(value, dict):
        return {with_numbers(key, numbers): with_numbers(each, numbers) for key, each in value.items()}
    if isinstance(value, list):
        return [with_numbers(each, numbers) for each in value]
    return _numbered(value, numbers) if isinstance(value, str) else value


def _numbered(text: str, numbers: Mapping[str, str]) -> str:
    before, mark, logical_id = text.rpartition(VERSION_MARK)
    if not mark or logical_id not in numbers or before[-1:] not in ("", ":"):
        return text
    number = numbers[logical_id]
    if not number:
        raise ServiceError("ResourceNotFoundException", 404, f"its version {logical_id} could not be published.")
    return before + number
