"""What a person has typed into a function's configuration and the template does not hold yet. Survives switching functions."""

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
    """What was typed for one function and could not be saved, on its way to the next window."""

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
        """The rows of the environment as they were typed, where the variables do not say it all: no name yet, a name twice."""

    def value(self, field: str) -> Any:
        """What the field should show: the typed value, else the saved one."""
        return self._typed.get(field, self._saved(field))

    def type(self, field: str, value: Any) -> None:
        """The person typed a value."""
        if value == self._saved(field):
            self._typed.pop(field, None)
        else:
            self._typed[field] = value

    def kept(self) -> KeptDraft | None:
        """What would be lost with this window; None when there is nothing."""
        if not self._typed and not self.environment_rows:
            return None
        return KeptDraft(dict(self._typed), self.environment_rows)

    def take(self, kept: KeptDraft) -> None:
        """What was typed in an earlier window."""
        for field, value in kept.typed.items():
            if field in FIELDS:
                self.type(field, value)
        self.environment_rows = kept.environment_rows

    def block(self, field: str, violation: Violation | None) -> None:
        """Keep a field from being saved for a reason its value alone does not show (a name given twice)."""
        if violation is None:
            self._blocked.pop(field, None)
        else:
            self._blocked[field] = violation

    def update(self, saved: FunctionConfiguration) -> None:
        """The template changed: typed values that are there now are no longer pending."""
        self.saved = saved
        self._typed = {field: value for field, value in self._typed.items() if value != self._saved(field)}
        if self.environment_rows and not {"environment"} & {*self._typed, *self._blocked}:
            nameless = [row for row in self.environment_rows if not row[0]]
            self.environment_rows = (*self._saved("environment").items(), *nameless)

    def violation(self, field: str) -> Violation | None:
        """What Lambda would say against the value shown. Values that came from the template are checked too."""
        if field in self._blocked:
            return self._blocked[field]
        value = self.value(field)
        if field == "runtime":
            return limits.check_runtime(value, self._known_runtimes)
        check = _CHECKS.get(field)
        return check(value) if check is not None else None

    @property
    def has_nameless_values(self) -> bool:
        """Whether a value was typed that has no name yet."""
        return any(value and not key for key, value in self.environment_rows)

    @property
    def is_pending(self) -> bool:
        """Whether something typed is not saved."""
        return bool(self._typed)

    def changes(self) -> FunctionChanges | None:
        """The typed values that can be saved; None when there are none."""
        valid = {field: value for field, value in self._typed.items() if self.violation(field) is None}
        return FunctionChanges(**valid) if valid else None

    def _saved(self, field: str) -> Any:
        value = getattr(self.saved, field)
        return dict(value) if field == "environment" else value
