"""What the API changed of the template's functions, as it is kept: property by property, beside what the template had there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from workbench.engine.registry.records import Code, FunctionPart, Record


class OverriddenSetting(msgspec.Struct, frozen=True):
    """A member of the settings: its value in force, and the template's when it was changed. None where it is not set."""

    value: Any
    base: Any


class OverriddenCode(msgspec.Struct, frozen=True):
    """A package in the store of code or an image, and the fingerprint that the template's code had when it was replaced."""

    value: Code
    base: str


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What is different from the template: members of the settings in the API's terms, and the code (None: the template's)."""

    settings: Mapping[str, OverriddenSetting] = {}
    code: OverriddenCode | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is different."""
        return not self.settings and self.code is None


class OverrideRecord(FunctionPart, frozen=True, kw_only=True):
    """A function of the template that the API changed.

    `previous` is what invocations still use while an update is in progress, None otherwise.
    """

    overrides: Overrides
    revision_id: str
    modified_ms: int
    previous: Overrides | None = None

    @property
    def running(self) -> Overrides:
        """What invocations use."""
        return self.overrides if self.previous is None else self.previous

    @property
    def update(self) -> Literal["InProgress", "Successful"]:
        """Its LastUpdateStatus."""
        return "Successful" if self.previous is None else "InProgress"


class HiddenRecord(Record, frozen=True, kw_only=True):
    """A function of the template that the API deleted. It stays hidden even if a function of its name is created and deleted."""

    function_name: str

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among hidden functions of a scope."""
        return (self.function_name,)


OVERRIDES: tuple[type[Record], ...] = (OverrideRecord, HiddenRecord)
"""Every kind of these records."""
