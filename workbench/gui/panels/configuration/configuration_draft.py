"""Values typed into a function's configuration that are not in the template yet. They survive switching functions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from workbench.model import limits
from workbench.model.function import FunctionConfiguration
from workbench.model.limits import Violation
from workbench.workspace.function_changes import FunctionChanges

FIELDS = ("runtime", "handler", "memory_mb", "timeout_s", "ephemeral_storage_mb", "architecture", "description", "environment")

_CHECKS: dict[str, Callable[[Any], Violation | None]] = {
    "handler": limits.check_handler,
    "memory_mb": limits.check_memory,
    "timeout_s": limits.check_timeout,
    "ephemeral_storage_mb": limits.check_ephemeral_storage,
    "description": limits.check_description,
    "environment": limits.check_environment,
}


class KeptDraft(msgspec.Struct, frozen=True):
    """The typed values of one function that could not be saved, as they are passed to the next window."""

    typed: dict[str, Any]
    environment_rows: tuple[tuple[str, str], ...] = ()


class ConfigurationDraft:
    """The typed values of one function that differ from what is saved, valid or not."""

    def __init__(self, saved: FunctionConfiguration, known_runtimes: Collection[str]) -> None:
        self.saved = saved
        self._known_runtimes = known_runtimes
        self._typed: dict[str, Any] = {}
        self._blocked: dict[str, Violation] = {}
        self.environment_rows: tuple[tuple[str, str], ...] = ()
        """The typed environment rows if a mapping cannot express them (no name yet, a name twice), else ()."""

    def value(self, field: str) -> Any:
        """Return what the field should show: the typed value, else the saved one."""
        return self._typed.get(field, self._saved(field))

    def type(self, field: str, value: Any) -> None:
        """Note a typed value. The saved value, typed again, is no change."""
        if value == self._saved(field):
            self._typed.pop(field, None)
        else:
            self._typed[field] = value

    def kept(self) -> KeptDraft | None:
        """Return what would be lost with this window; None if nothing would."""
        if not self._typed and not self.environment_rows:
            return None
        return KeptDraft(dict(self._typed), self.environment_rows)

    def take(self, kept: KeptDraft) -> None:
        """Continue with what was typed in an earlier window. Unknown fields, of another version perhaps, are left out."""
        for field, value in kept.typed.items():
            if field in FIELDS:
                self.type(field, value)
        self.environment_rows = kept.environment_rows

    def block(self, field: str, violation: Violation | None) -> None:
        """Keep a field from being saved for a reason that its value does not show (a name given twice). None unblocks it."""
        if violation is None:
            self._blocked.pop(field, None)
        else:
            self._blocked[field] = violation

    def update(self, saved: FunctionConfiguration) -> None:
        """Take over a changed template: typed values that it contains now are no longer pending."""
        self.saved = saved
        self._typed = {field: value for field, value in self._typed.items() if value != self._saved(field)}
        # The variables are saved; rows that still lack a name are kept below them.
        if self.environment_rows and not {"environment"} & {*self._typed, *self._blocked}:
            nameless = [row for row in self.environment_rows if not row[0]]
            self.environment_rows = (*self._saved("environment").items(), *nameless)

    def violation(self, field: str) -> Violation | None:
        """Return Lambda's complaint about the field's value, typed or from the template; None if there is none."""
        if field in self._blocked:
            return self._blocked[field]
        value = self.value(field)
        if field in ("runtime", "handler") and not value and self.saved.image is not None:  # an image has none of its own
            return None
        if field == "runtime":
            return limits.check_runtime(value, self._known_runtimes)
        check = _CHECKS.get(field)
        return check(value) if check is not None else None

    @property
    def has_nameless_values(self) -> bool:
        """Whether there is a typed value without a name."""
        return any(value and not key for key, value in self.environment_rows)

    @property
    def is_pending(self) -> bool:
        """Whether a typed value is not saved yet."""
        return bool(self._typed)

    def changes(self) -> FunctionChanges | None:
        """Return the typed values that can be saved; None if there are none."""
        valid = {field: value for field, value in self._typed.items() if self.violation(field) is None}
        return FunctionChanges(**valid) if valid else None

    def _saved(self, field: str) -> Any:
        value = getattr(self.saved, field)
        return dict(value) if field == "environment" else value
