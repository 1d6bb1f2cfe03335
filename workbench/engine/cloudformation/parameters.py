"""The values of a stack's parameters: given, kept from before or defaulted; checked; looked up in the Parameter Store.

Source: CloudFormation guide, "Parameters syntax"; recorded answers of the service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.documents import section
from workbench.engine.cloudformation.refusals import invalid
from workbench.engine.cloudformation.services import NO_SERVICES, OtherServices
from workbench.model.failures import ServiceError
from workbench.model.lambda_names import Scope
from workbench.workspace.parameters import is_list_type, parameter_problems
from workbench.workspace.unresolved import GivenValues
from workbench.workspace.value_text import as_text

_STORED = re.compile(r"AWS::SSM::Parameter::Value<(.*)>", re.DOTALL)
MASKED = "****"
"""What is shown of a parameter with NoEcho. Source: CloudFormation guide, "Parameters syntax"."""


class GivenParameter(msgspec.Struct, frozen=True):
    """A parameter as a caller gives it."""

    name: str
    value: str | None = None
    use_previous: bool = False


class StackParameters(msgspec.Struct, frozen=True):
    """Texts by name; `resolved` has what the Parameter Store holds, for parameters that name one of its."""

    texts: Mapping[str, str]
    resolved: Mapping[str, str]
    no_echo: tuple[str, ...]


async def parameters_of(
    template: Mapping[str, Any], given: tuple[GivenParameter, ...], before: Mapping[str, str], services: OtherServices,
    scope: Scope,
) -> StackParameters:
    """Return the values of a template's parameters. Raises ServiceError for what CloudFormation refuses."""
    declared = section(template, "Parameters")
    unknown = [each.name for each in given if each.name not in declared]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    texts = _texts(declared, {each.name: each for each in given}, before)
    problems = parameter_problems(declared, GivenValues(parameters=texts))
    if problems:
        raise invalid(problems[0])
    resolved = {}
    for name, parameter in declared.items():
        if _STORED.fullmatch(str(parameter.get("Type"))):
            resolved[name] = await _stored(services, scope, name, texts[name])
    hidden = tuple(name for name, each in declared.items() if as_text(each.get("NoEcho")).lower() == "true")
    return StackParameters(texts, resolved, hidden)


def values_of(template: Mapping[str, Any], parameters: StackParameters) -> dict[str, Any]:
    """Return what Ref of each parameter gives."""
    found: dict[str, Any] = {}
    for name, parameter in section(template, "Parameters").items():
        kind = str(parameter.get("Type", "String"))
        stored = _STORED.fullmatch(kind)
        text = {**parameters.texts, **parameters.resolved}[name]
        found[name] = [item.strip() for item in text.split(",")] if is_list_type(stored[1] if stored else kind) else text
    return found


def _texts(declared: Mapping[str, Any], given: Mapping[str, GivenParameter], before: Mapping[str, str]) -> dict[str, str]:
    texts, missing = {}, []
    for name, parameter in declared.items():
        one = given.get(name)
        if one is not None and one.use_previous:
            if name not in before:
                raise invalid(f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                              "key not in the previous template")
            texts[name] = before[name]
        elif one is not None and one.value is not None:
            texts[name] = one.value
        elif parameter.get("Default") is not None:
            texts[name] = as_text(parameter["Default"])
        else:
            missing.append(name)
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    return texts


async def _stored(services: OtherServices, scope: Scope, name: str, key: str) -> str:
    if not services.are_there:
        raise invalid(f"Parameter {name} is looked up in the Parameter Store ({key}), which is not available here.", NO_SERVICES)
    try:
        return await services.ssm_parameter(scope, key)
    except ServiceError as error:
        raise invalid(f"Unable to fetch parameters [{key}] from parameter store for this account.", error.message) from error
