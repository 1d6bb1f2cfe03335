"""The parameters of a template: the value of each, and whether CloudFormation would accept it.

A value given by a person takes precedence over the default. Source: CloudFormation user guide, "Parameters".
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from workbench.workspace.bounded_patterns import BoundedPattern
from workbench.workspace.pattern_syntax import UnknownPattern
from workbench.workspace.unresolved import GivenValues, Unresolved, placeholder

_Rule = Callable[[Mapping[str, Any], str, str], str]
"""Says what is wrong with an item of a parameter of some type, "" if nothing is."""

_SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.*)>", re.DOTALL)


def parameter_value(name: str, parameter: Mapping[str, Any], given: GivenValues) -> Any:
    """Return what `!Ref` of the parameter gives: a text, a number as the template has it, a list of texts, or `Unresolved`."""
    kind = str(parameter.get("Type", "String"))
    value = _given_or_default(name, parameter, given)
    if value is None:
        return placeholder(f"parameter {name}", "parameter", name)
    stored = _SSM_VALUE.fullmatch(kind)
    if stored:
        return _stored_value(str(value), stored.group(1), given)
    return _as_list(value) if is_list_type(kind) else value


def is_list_type(kind: str) -> bool:
    """Whether the value of a parameter of this type is a list: CommaDelimitedList, List<Number>, List<AWS::EC2::…>."""
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _given_or_default(name: str, parameter: Mapping[str, Any], given: GivenValues) -> Any:
    if name in given.parameters:
        return given.parameters[name]
    return given.others.get(name, parameter.get("Default"))


def _stored_value(name: str, kind: str, given: GivenValues) -> Any:
    """Return the value of a parameter in the SSM Parameter Store, which only the person can supply; else `Unresolved`."""
    key = f"ssm:{name}"
    value = given.others.get(key)
    if value is None:
        return placeholder(f"SSM parameter {name}", "ssm", key)
    return _as_list(value) if is_list_type(kind) else value


def _as_list(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_text(item) for item in value]
    return [item.strip() for item in _text(value).split(",")]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


# --- checks ---------------------------------------------------------------------------------------------------------------


def parameter_problems(parameters: Mapping[str, Any], given: GivenValues) -> tuple[str, ...]:
    """Return what CloudFormation would refuse about given values, in its words. Defaults are not checked."""
    found = []
    for name, parameter in parameters.items():
        if isinstance(parameter, dict) and name in given.parameters:
            value = given.parameters[name]
            if not isinstance(parameter_value(name, parameter, given), Unresolved):
                found += _problems(name, parameter, value)
    return tuple(found)


def _problems(name: str, parameter: Mapping[str, Any], value: Any) -> list[str]:
    kind = str(parameter.get("Type", "String"))
    items = _as_list(value) if is_list_type(kind) else [_text(value)]
    rules = (_not_allowed, _mismatch(parameter), _no_number, _wrong_length)
    said = next((text for item in items for rule in rules if (text := rule(parameter, kind, item))), "")
    described = parameter.get("ConstraintDescription")
    if not said:
        return []
    return [f"Parameter {name} failed to satisfy constraint: {described}" if described else f"Parameter '{name}' {said}"]


def _not_allowed(parameter: Mapping[str, Any], _kind: str, item: str) -> str:
    allowed = parameter.get("AllowedValues")
    return "must be one of AllowedValues" if isinstance(allowed, list) and item not in map(_text, allowed) else ""


def _mismatch(parameter: Mapping[str, Any]) -> _Rule:
    """The rule that items must match the pattern. One that cannot be read, or matched in bounded time, is not checked."""
    pattern = parameter.get("AllowedPattern")
    if pattern is None:
        return _no_rule
    try:
        bounded = BoundedPattern(str(pattern))
    except UnknownPattern:
        return _no_rule

    def check(_parameter: Mapping[str, Any], _kind: str, item: str) -> str:
        with contextlib.suppress(UnknownPattern):
            return "" if bounded.matches_whole(item) else f"must match pattern {pattern}"
        return ""

    return check


def _no_rule(_parameter: Mapping[str, Any], _kind: str, _item: str) -> str:
    return ""


def _no_number(parameter: Mapping[str, Any], kind: str, item: str) -> str:
    if kind not in ("Number", "List<Number>"):
        return ""
    try:
        number = float(item)
    except ValueError:
        return "must be a number"
    least, most = _bound(parameter, "MinValue"), _bound(parameter, "MaxValue")
    if least is not None and number < least:
        return f"must be a number not less than {parameter['MinValue']}"
    return f"must be a number not greater than {parameter['MaxValue']}" if most is not None and number > most else ""


def _wrong_length(parameter: Mapping[str, Any], _kind: str, item: str) -> str:
    least, most = _bound(parameter, "MinLength"), _bound(parameter, "MaxLength")
    if least is not None and len(item) < least:
        return f"must contain at least {parameter['MinLength']} characters"
    return f"must contain at most {parameter['MaxLength']} characters" if most is not None and len(item) > most else ""


def _bound(parameter: Mapping[str, Any], name: str) -> float | None:
    try:
        return float(parameter[name])
    except (KeyError, TypeError, ValueError):
        return None
