"""What is read together with a workspace's template: which template it is, given values, a file of environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workbench.model.function import FunctionConfiguration
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.function_reader import read_functions
from workbench.workspace.intrinsics import PseudoParameters
from workbench.workspace.locating.locate import Located, locate
from workbench.workspace.locating.options import Options
from workbench.workspace.nested.functions import read_all_functions
from workbench.workspace.nested.stacks import Stack, Stacks, stacks_of
from workbench.workspace.outside_files import left_out, may_read
from workbench.workspace.template_files import TemplateFiles
from workbench.workspace.values.environment_file import overridden, overrides_for, read_environment_file
from workbench.workspace.values.given import Given, given_values


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All inputs as they were at one moment. `notices` are sentences on inputs that were left out."""

    located: Located
    given: Given
    environment: dict[str, Any]
    notices: tuple[str, ...] = ()

    @property
    def template(self) -> Path:
        """The template's absolute path."""
        return self.located.template

    def pseudo(self, pseudo: PseudoParameters) -> PseudoParameters:
        """Return the pseudo parameters with the given values added."""
        return msgspec.structs.replace(pseudo, given=self.given.values)

    def functions(self, pseudo: PseudoParameters, files: TemplateFiles) -> tuple[FunctionConfiguration, ...]:
        """Return the functions of the template and of nested ones, with all given values applied. Blocks."""
        template = files.read(self.template)
        functions = read_all_functions(template, self.pseudo(pseudo), files.read, self.given.file.folders)
        return tuple(overridden(function, self.environment) for function in functions)

    def stacks(self, pseudo: PseudoParameters, files: TemplateFiles) -> Stacks:
        """Return the stacks of the template and of nested ones. Blocks."""
        return stacks_of(files.read(self.template), self.pseudo(pseudo), files.read)

    def as_written(self, changes: FunctionChanges, stack: Stack, own_id: str) -> FunctionChanges:
        """Return the changes without values that come from the environment file, which must not be written into the template."""
        if changes.environment is None or not self.environment:
            return changes
        function = next(each for each in read_functions(stack.template, stack.pseudo) if each.logical_id == own_id)
        overrides = overrides_for(function, self.environment)
        own = {name: function.environment.get(name) if overrides.get(name) == value else value
               for name, value in changes.environment.items()}
        return msgspec.structs.replace(changes, environment={name: value for name, value in own.items() if value is not None})


def read_inputs(root: Path, options: Options) -> Inputs:
    """Read all inputs as they are on disk now. Raises WorkspaceError for what cannot be read. Blocks."""
    located = locate(root, options)
    given = given_values(root, located.options, located.samconfig)
    variables = located.options.env_vars or located.samconfig.env_vars
    notices: tuple[str, ...] = ()
    # Only for a file that samconfig names, which may have come with a clone; the person may name any file.
    if variables and not located.options.env_vars and not may_read(root, root / variables):
        variables, notices = "", (left_out(f"The file of environment variables {variables}, which samconfig names,"),)
    environment = read_environment_file(root / variables) if variables else {}
    return Inputs(located=located, given=given, environment=environment, notices=notices)
