"""What a template asks a person for: its parameters, and everything that only a deployment would know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration
from workbench.workspace.intrinsics import PseudoParameters, as_text
from workbench.workspace.nested.functions import read_all_functions
from workbench.workspace.parameters import parameter_problems
from workbench.workspace.template_files import TemplateFiles
from workbench.workspace.unresolved import GivenValues
from workbench.workspace.values.given import Source
from workbench.workspace.values.inputs import Inputs

MASK = "••••••••"

Section = Literal["parameters", "values", "folders"]


class AskedValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value that the template asks for, its present value and where that comes from.

    `kind` is a parameter's type, or says in words what the key stands for. `functions` are those that need it. `value` is None
    if there is none; secrets are shown masked.
    """

    key: str
    kind: str
    section: Section
    value: str | None
    source: Source
    default: str | None = None
    description: str = ""
    is_secret: bool = False
    allowed: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    declaration: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """The parameter's declaration in the template, with its constraints."""

    @property
    def shown(self) -> str:
        """The value as others may see it: masked if it is secret, "" if there is none."""
        if self.value is None:
            return ""
        return MASK if self.is_secret and self.value else self.value

    def check(self, value: str) -> None:
        """Raise InvalidInput, in CloudFormation's words, for a value that the parameter does not allow."""
        problems = parameter_problems({self.key: dict(self.declaration)}, GivenValues(parameters={self.key: value}))
        if problems and self.section == "parameters":
            raise InvalidInput(problems[0] + ".", "Enter a value that its declaration in the template allows.")


def asked_values(inputs: Inputs, pseudo: PseudoParameters, files: TemplateFiles) -> tuple[AskedValue, ...]:
    """Return the parameters in the template's order, then all other values that can be supplied. Blocks."""
    # Without the other given values: what they stand for would no longer be unknown, and so would vanish from the list.
    parameters = GivenValues(parameters=inputs.given.values.parameters)
    template = files.read(inputs.template)
    functions = read_all_functions(template, msgspec.structs.replace(pseudo, given=parameters), files.read)
    declared = {str(name): value if isinstance(value, dict) else {} for name, value in template.section("Parameters").items()}
    needed = _needed(functions)
    asked = [_parameter(name, value, inputs, needed.get(name, ())) for name, value in declared.items()]
    others = [key for key in dict.fromkeys((*needed, *inputs.given.file.values)) if key not in declared]
    mounts = {system.mount_path: function.name for function in functions for system in function.file_systems}
    return (*asked, *(_other(key, inputs, functions) for key in others),
            *(_folder(mount, inputs, name) for mount, name in mounts.items()))


def _needed(functions: tuple[FunctionConfiguration, ...]) -> dict[str, tuple[str, ...]]:
    """Return the names of the functions by the keys whose values they lack."""
    found: dict[str, dict[str, None]] = {}
    for function in functions:
        for unknown in function.unknown:
            if unknown.key:
                found.setdefault(unknown.key, {})[function.name] = None
    return {key: tuple(names) for key, names in found.items()}


def _parameter(name: str, declaration: Mapping[str, Any], inputs: Inputs, functions: tuple[str, ...]) -> AskedValue:
    default = as_text(declaration["Default"]) if declaration.get("Default") is not None else None
    given = inputs.given.values.parameters.get(name)
    source = inputs.given.source(name)
    allowed = declaration.get("AllowedValues")
    return AskedValue(
        key=name, kind=as_text(declaration.get("Type")) or "String", section="parameters",
        value=default if given is None else given, source="default" if source == "missing" and default is not None else source,
        default=default, description=as_text(declaration.get("Description")),
        is_secret=as_text(declaration.get("NoEcho")).lower() == "true",
        allowed=tuple(map(as_text, allowed)) if isinstance(allowed, list) else (), functions=functions,
        declaration=declaration)


def _other(key: str, inputs: Inputs, functions: tuple[FunctionConfiguration, ...]) -> AskedValue:
    users = dict.fromkeys(each.name for each in functions for unknown in each.unknown if unknown.key == key)
    words = next((unknown.what for each in functions for unknown in each.unknown if unknown.key == key), "not used now")
    value = inputs.given.file.values.get(key)
    return AskedValue(key=key, kind=words, section="values", value=value, source="missing" if value is None else "yours",
                      is_secret=key.startswith(("ssm:", "resolve:")), functions=tuple(users))


def _folder(mount_path: str, inputs: Inputs, function: str) -> AskedValue:
    value = inputs.given.file.folders.get(mount_path)
    return AskedValue(key=mount_path, kind="folder for a file system", section="folders", value=value,
                      source="missing" if value is None else "yours", functions=(function,))
