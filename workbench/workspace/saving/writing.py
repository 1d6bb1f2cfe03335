"""Writes a function that the API made into the workspace: code, layers, values and template, all of it or nothing."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.model.function import FunctionConfiguration, Logging
from workbench.model.overrides import MASK
from workbench.workspace.function_reader import read_functions
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.nested.stacks import Stack
from workbench.workspace.saving.composing import Composed, Composer
from workbench.workspace.saving.function_to_save import FunctionToSave, PackageReader, SavedFunction
from workbench.workspace.saving.places import Places
from workbench.workspace.state_directory import data_folder
from workbench.workspace.template import Template
from workbench.workspace.values.values_file import read_values, write_value
from workbench.workspace.yaml_edits import set_value

_GENERATED = frozenset({".aws-sam", "cdk.out", ".serverless"})
_PARAMETERS = "parameters"
_DRAFTS = "saving"
"""The folder in the workspace's data where packages are unpacked first."""
_COMPARED = ("name", "runtime", "handler", "memory_mb", "timeout_s", "ephemeral_storage_mb", "architecture", "environment",
             "description", "durable", "image")
"""What the function must have in the template as it had it before. Others are compared on their own."""


class Home(Protocol):
    """What is needed of the workspace."""

    root: Path

    def stacks(self) -> tuple[Stack, ...]:
        """Return the outermost stack and all that are nested in it."""

    def save(self, template: Template) -> None:
        """Write a template."""


class FunctionWriter:
    """Writes functions into the outermost template. All calls block and raise WorkbenchError."""

    def __init__(self, home: Home, packages: PackageReader) -> None:
        self._home = home
        self._packages = packages

    def preview(self, function: FunctionToSave) -> SavedFunction:
        """Return what `write` would do."""
        with self._places() as places:
            return self._saved(function, self._composed(function, places), places)

    def write(self, function: FunctionToSave) -> SavedFunction:
        """Write the function. The template goes last: whoever reads it then finds the code and the values that it names."""
        with self._places() as places:
            composed = self._composed(function, places)
            before = read_values(self._home.root).parameters if composed.parameters else {}
            try:
                places.put()
                self._give(composed.parameters)
                self._home.save(composed.template)
            except BaseException:
                places.undo()
                self._give({name: before.get(name) for name in composed.parameters})
                raise
            return self._saved(function, composed, places)

    @property
    def _stack(self) -> Stack:
        return self._home.stacks()[0]

    def _places(self) -> Places:
        return Places(self._stack.template.path.parent, data_folder(self._home.root, _DRAFTS), self._packages)

    def _composed(self, function: FunctionToSave, places: Places) -> Composed:
        stack = self._stack
        made_by = [part for part in stack.template.path.parts if part in _GENERATED]
        if made_by:
            raise WorkspaceError(f"{stack.template.path.name} in {made_by[-1]} is written by a tool, which would remove the "
                                 "function again.", "Open the template that it was made from.")
        composed = Composer(function, places).composed(stack.template)
        _check_meaning(function.meant, composed, stack.pseudo)
        return composed

    def _give(self, values: Mapping[str, str | None]) -> None:
        for name, value in values.items():
            write_value(self._home.root, _PARAMETERS, name, value)

    def _saved(self, function: FunctionToSave, composed: Composed, places: Places) -> SavedFunction:
        return SavedFunction(
            template=composed.template.path.name, logical_id=composed.logical_id, folders=tuple(each.uri for each in places.all),
            changes=_changes(function, composed), parameters=tuple(composed.parameters))



def _changes(function: FunctionToSave, composed: Composed) -> str:
    """Return what changes in the template, without the values that are not shown."""
    shown = composed.template
    for variable in function.masked:
        shown = set_value(
            shown, ("Resources", composed.logical_id, "Properties", "Environment", "Variables", variable), MASK)
    name = shown.path.name
    return "\n".join(difflib.unified_diff(
        composed.before.text.splitlines(), shown.text.splitlines(), name, name, lineterm=""))


def _check_meaning(meant: FunctionConfiguration, composed: Composed, pseudo: PseudoParameters) -> None:
    """Refuse a template that does not say what the function is, whatever the reason. Raises WorkspaceError."""
    given = msgspec.structs.replace(pseudo.given, parameters={**pseudo.given.parameters, **composed.parameters})
    found = {each.logical_id: each for each in read_functions(
        composed.template, msgspec.structs.replace(pseudo, given=given))}.get(composed.logical_id)
    differing = ["the whole function"] if found is None else _differences(meant, found)
    if differing:
        raise WorkspaceError(
            f"{meant.name} cannot be written into {composed.template.path.name} so that it stays as it is: "
            f"{', '.join(differing)} would be different.", "Write it into the template by hand.")


def _differences(meant: FunctionConfiguration, found: FunctionConfiguration) -> list[str]:
    differing = [name for name in _COMPARED if getattr(meant, name) != getattr(found, name)]
    if _log_group(meant) != _log_group(found):
        differing.append("logging")
    if len(meant.layers) != len(found.layers):
        differing.append("layers")
    if [(each.arn, each.mount_path) for each in meant.file_systems] != [
            (each.arn, each.mount_path) for each in found.file_systems]:
        differing.append("file_systems")
    return [name.removesuffix("_mb").removesuffix("_s").replace("_", " ") for name in differing]


def _log_group(function: FunctionConfiguration) -> Logging:
    """Return how it logs, with the group that it has by default."""
    return msgspec.structs.replace(function.logging, group=function.logging.group or f"/aws/lambda/{function.name}")
