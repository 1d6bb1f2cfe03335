"""What the API changed of the template's functions, as it is kept: property by property, beside what the template had there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

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


class ChangedRecord(Record, frozen=True, kw_only=True):
    """The note that the API changed or deleted a record that the template declares.

    `kind` is the declared record's class, `identity` its names. `base` is what the template declared when it was changed.
    """

    kind: str
    identity: tuple[str, ...]
    base: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among notes of a scope."""
        return (self.identity[0], self.kind, *self.identity[1:])


class ChangedPart(FunctionPart, frozen=True, kw_only=True):
    """The same of what belongs to a function, and goes with it."""

    kind: str
    identity: tuple[str, ...]
    base: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among notes of a scope."""
        return (self.function_name, self.kind, *self.identity[1:])


class DeclaredVersionRecord(FunctionPart, frozen=True, kw_only=True):
    """The version that a declaration of the template published, by the declaration's logical ID (`/` is written as `.`).

    `fingerprint` is of the function as the template had it then.
    """

    logical_id: str
    version: str
    fingerprint: str

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among those of a scope."""
        return (self.function_name, self.logical_id)


class DeclaredLayerRecord(Record, frozen=True, kw_only=True):
    """The layer version that a declaration of the template published last, and the state of its content and settings then."""

    logical_id: str
    layer_name: str
    version: int
    fingerprint: str

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among those of a scope."""
        return (self.layer_name, self.logical_id)


Changed: TypeAlias = ChangedRecord | ChangedPart
DECLARED: tuple[type[Record], ...] = (DeclaredVersionRecord, DeclaredLayerRecord)
DECIDING: tuple[type[Record], ...] = (HiddenRecord, *DECLARED)
"""What decides what a declaration becomes: hidden functions declare nothing, versions have the numbers that they got."""
OVERRIDES: tuple[type[Record], ...] = (OverrideRecord, HiddenRecord, ChangedRecord, ChangedPart, *DECLARED)
"""Every kind of these records."""
