"""Writes a function's changed settings into the template: only what changed, and where the template has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.function import Architecture
from workbench.model.limits import (
    check_description,
    check_environment_names,
    check_environment_size,
    check_ephemeral_storage,
    check_handler,
    check_memory,
    check_timeout,
    require,
)
from workbench.workspace.expansion import expand
from workbench.workspace.function_reader import FunctionReader
from workbench.workspace.functions.properties import own_properties, shared_properties
from workbench.workspace.intrinsics import PseudoParameters, Resolver, Unresolved, intrinsic_name
from workbench.workspace.loop_places import unwritten
from workbench.workspace.template import Template
from workbench.workspace.yaml_edits import remove_value, set_value


class FunctionChanges(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """New settings for a function; None leaves one as it is. `environment` is the whole map, including what Globals adds."""

    runtime: str | None = None
    handler: str | None = None
    memory_mb: int | None = None
    timeout_s: int | None = None
    ephemeral_storage_mb: int | None = None
    architecture: Architecture | None = None
    description: str | None = None
    environment: Mapping[str, str] | None = None

    def check(self) -> None:
        """Raise InvalidInput if Lambda would refuse one of the values."""
        if self.runtime is not None and not self.runtime.strip():
            raise InvalidInput("The runtime is empty.", "Choose a runtime, for example python3.13.")
        if self.handler is not None:
            require(check_handler(self.handler))
        if self.description is not None:
            require(check_description(self.description))
        self._check_numbers()

    def _check_numbers(self) -> None:
        for check, value in ((check_memory, self.memory_mb), (check_timeout, self.timeout_s),
                             (check_ephemeral_storage, self.ephemeral_storage_mb)):
            if value is not None:
                require(check(value))
        if self.architecture not in (None, "x86_64", "arm64"):
            raise InvalidInput(f"“{self.architecture}” is not an architecture that Lambda has.", "Choose x86_64 or arm64.")


def changed_template(template: Template, logical_id: str, changes: FunctionChanges, pseudo: PseudoParameters) -> Template:
    """Return the template with the changes written in; the same object if nothing differs.

    Raises InvalidInput for values that Lambda would refuse, WorkspaceError if the template's form does not allow the change.
    """
    changes.check()
    edit = _FunctionEdit(template, logical_id, pseudo)
    edit.simple("Runtime", changes.runtime, None)
    edit.simple("Handler", changes.handler, None)
    edit.simple("MemorySize", changes.memory_mb, 128)
    edit.simple("Timeout", changes.timeout_s, 3)
    edit.storage(changes.ephemeral_storage_mb)
    edit.architecture(changes.architecture)
    edit.description(changes.description)
    if changes.environment is not None:
        edit.environment(changes.environment)
    return edit.template


class _FunctionEdit:
    """The template while it is being changed, and the function's settings before the change."""

    def __init__(self, template: Template, logical_id: str, pseudo: PseudoParameters) -> None:
        self.template = template
        self._id = logical_id
        self._keys = ("Resources", logical_id, "Properties")
        meant = expand(template, pseudo)
        self._meant = meant
        self._made = meant.origins.get(logical_id)
        # A function made by a loop or snippet is only compared: the text has no place for a change to it.
        self._own = own_properties(meant if self._made else template, logical_id)
        self._shared = shared_properties(meant if self._made else template, logical_id)
        self._before = FunctionReader(meant, Resolver(meant.data, pseudo), logical_id)

    def simple(self, name: str, value: Any, default: Any) -> None:
        before = self._before.setting(name)
        # As text, because a template may have a number in quotes, which is no change.
        if value is not None and str(value) != str(default if before is None else before):
            self._set((name,), value)

    def storage(self, size_mb: int | None) -> None:
        before = self._before.setting("EphemeralStorage")
        known = before.get("Size", 512) if isinstance(before, dict) else 512 if before is None else None
        if size_mb is not None and str(size_mb) != str(known):
            self._set(("EphemeralStorage", "Size"), size_mb)

    def architecture(self, value: Architecture | None) -> None:
        before = self._before.setting("Architectures") or ["x86_64"]
        if value is None or before == [value]:
            return
        own = self._own.get("Architectures")
        if isinstance(own, list) and len(own) == 1:
            self._set(("Architectures", 0), value)
        else:
            self._set(("Architectures",), [value])

    def description(self, value: str | None) -> None:
        before = self._before.setting("Description")
        if value == "" and "Description" in self._own and "Description" not in self._shared:
            self._remove("Description")
        elif value is not None and value != (before or ""):
            self._set(("Description",), value)

    def environment(self, wanted: Mapping[str, str]) -> None:
        before = self._before.environment()
        if dict(wanted) == before:
            return
        self._check_environment_form()
        new = {name: value for name, value in wanted.items() if before.get(name) != value}
        # Only new or changed variables are checked: a wrong name that is already in the template must not block other edits.
        require(check_environment_names(new))
        if new:
            require(check_environment_size(wanted))
        own = self._own_variables()
        removed = [name for name in before if name not in wanted]
        self._refuse_shared(removed)
        self._refuse_made([name for name in (*removed, *new) if name in before])
        for name, value in new.items():
            self._set(("Environment", "Variables", name), value)
        for name in removed:
            if name in own:
                self._remove_variable(name)

    def _set(self, keys: tuple[str | int, ...], value: Any) -> None:
        self._refuse_unwritten(keys)
        self.template = set_value(self.template, (*self._keys, *keys), value)

    def _remove(self, *keys: str) -> None:
        self._refuse_unwritten(keys)
        self.template = remove_value(self.template, (*self._keys, *keys))

    def _refuse_unwritten(self, keys: tuple[str | int, ...]) -> None:
        if self._made is not None:
            raise unwritten(self.template, self._meant, self._id, keys)

    def _own_variables(self) -> dict[str, Any]:
        environment = self._own.get("Environment") or {}
        return environment.get("Variables") or {}

    def _shared_variables(self) -> dict[str, Any]:
        environment = self._shared.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        return variables if isinstance(variables, dict) and not intrinsic_name(variables) else {}

    def _check_environment_form(self) -> None:
        environment = self._own.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        unreadable = environment is not None and not isinstance(environment, dict)
        if unreadable or intrinsic_name(environment) or intrinsic_name(variables) or isinstance(
                self._before.setting("Environment"), Unresolved):
            raise WorkspaceError(f"The environment of {self._id} is computed by an intrinsic and cannot be changed here.",
                                 "Make this change in the text of the template.")

    def _refuse_shared(self, removed: list[str]) -> None:
        shared = [name for name in removed if name in self._shared_variables()]
        if shared:
            raise WorkspaceError(f"{', '.join(shared)} comes from Globals and cannot be removed from {self._id} alone.",
                                 "Remove it from the Globals section, or move it to the functions that need it.")

    def _refuse_made(self, names: list[str]) -> None:
        made = [name for name in names if name not in self._own_variables() and name not in self._shared_variables()]
        if made:
            raise WorkspaceError(f"{', '.join(made)} comes from a loop or an included snippet and cannot be changed on its own.",
                                 "Make this change in the text of the template.")

    def _remove_variable(self, name: str) -> None:
        self._refuse_unwritten(("Environment", "Variables", name))
        if len(self._current_variables()) > 1:
            self._remove("Environment", "Variables", name)
            return
        environment = own_properties(self.template, self._id)["Environment"]
        keys = ("Environment",) if len(environment) == 1 else ("Environment", "Variables")
        self._remove(*keys)

    def _current_variables(self) -> dict[str, Any]:
        return own_properties(self.template, self._id)["Environment"]["Variables"] or {}
