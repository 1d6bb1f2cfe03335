"""Resolving CloudFormation's intrinsic functions without a stack: parameters by their defaults, pseudo parameters by choice.

What only a deployment can know becomes `Unresolved`, which carries a readable placeholder. Source of the rules:
CloudFormation user guide, "Intrinsic function reference" and "Pseudo parameters reference".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from workbench.workspace.physical_names import attribute_of, name_of

_SUB = re.compile(r"\$\{([^!}][^}]*)\}")
_LITERAL = re.compile(r"\$\{!([^}]*)\}")
_LIST_TYPES = ("CommaDelimitedList", "List<")


class PseudoParameters(msgspec.Struct, frozen=True):
    """The values of AWS::Region and its like. The defaults are those the SAM CLI uses locally."""

    region: str = "us-east-1"
    account_id: str = "123456789012"
    stack_name: str = "local"
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"

    def value(self, name: str) -> Any:
        """The value of `AWS::Name`, or None when there is no such pseudo parameter."""
        stack = f"arn:{self.partition}:cloudformation:{self.region}:{self.account_id}:stack/{self.stack_name}/local"
        return {"AWS::Region": self.region, "AWS::AccountId": self.account_id, "AWS::StackName": self.stack_name,
                "AWS::StackId": stack, "AWS::Partition": self.partition, "AWS::URLSuffix": self.url_suffix,
                "AWS::NoValue": NO_VALUE, "AWS::NotificationARNs": []}.get(name)


class Unresolved(msgspec.Struct, frozen=True):
    """A value only a deployment knows; `text` is what stands in for it."""

    text: str


class _NoValue:
    """AWS::NoValue: the property is as if it had not been written."""


NO_VALUE = _NoValue()


def placeholder(what: str) -> Unresolved:
    """The stand-in for something that can not be known here, such as `!GetAtt Api.Url`."""
    return Unresolved(f"<unresolved: {what}>")


def intrinsic_name(value: Any) -> str:
    """The name of the intrinsic function a value is (`Ref`, `Fn::Sub` ...), or ""."""
    if isinstance(value, dict) and len(value) == 1:
        (name,) = value
        if name in ("Ref", "Condition") or name.startswith("Fn::"):
            return str(name)
    return ""


class Resolver:
    """Resolves values of one template. `resolve` never raises: what can not be known is `Unresolved`."""

    def __init__(self, data: Mapping[str, Any], pseudo: PseudoParameters) -> None:
        self._sections = {name: data.get(name) or {} for name in ("Parameters", "Mappings", "Conditions", "Resources")}
        self._pseudo = pseudo
        self._known: dict[tuple[str, str], Any] = {}

    def resolve(self, value: Any) -> Any:
        """The value with all intrinsics worked out; a part that is not known makes an intrinsic Unresolved."""
        name = intrinsic_name(value)
        if name:
            return self._call(name, value[name])
        if isinstance(value, dict):
            pairs = ((key, self.resolve(item)) for key, item in value.items())
            return {key: item for key, item in pairs if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        return value

    def _call(self, name: str, argument: Any) -> Any:
        functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref, "Fn::GetAtt": self._get_att, "Fn::Sub": self._sub, "Fn::If": self._if, "Fn::Join": self._join,
            "Fn::FindInMap": self._find_in_map, "Fn::Select": self._select, "Fn::Split": self._split,
            "Fn::Base64": self._base64, "Fn::ToJsonString": self._to_json, "Fn::Length": self._length,
            "Condition": self._condition, "Fn::Equals": self._equals, "Fn::And": self._and, "Fn::Or": self._or,
            "Fn::Not": self._not, "Fn::GetAZs": self._zones,
        }
        function = functions.get(name)
        try:
            return function(argument) if function else placeholder(shown(name, argument))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            return placeholder(shown(name, argument))

    # Each of these may raise one of the errors above for a malformed argument: _call makes a placeholder of it.

    def _ref(self, name: Any) -> Any:
        pseudo = self._pseudo.value(name)
        if pseudo is not None:
            return pseudo
        if name in self._sections["Parameters"]:
            return self._parameter(name)
        resource = self._sections["Resources"].get(name)
        return self._resource(name_of, name, resource) if isinstance(resource, dict) else placeholder(f"!Ref {name}")

    def _resource(self, question: Callable[..., str | None], name: str, resource: dict[str, Any], *more: str) -> Any:
        names = self._once("names", name, lambda: self._names(resource.get("Properties") or {}))
        names = {} if isinstance(names, Unresolved) else names
        answer = question(name, resource.get("Type", ""), names, self._pseudo, *more)
        return answer if answer is not None else placeholder(f"!GetAtt {name}.{'.'.join(more)}")

    def _names(self, properties: dict[str, Any]) -> dict[str, str]:
        resolved = {key: self.resolve(value) for key, value in properties.items() if key.endswith("Name")}
        return {key: value for key, value in resolved.items() if isinstance(value, str)}

    def _once(self, kind: str, name: str, work_out: Callable[[], Any]) -> Any:
        """Work a thing out the first time; meanwhile it is unresolved, so that circles end."""
        if (kind, name) not in self._known:
            self._known[kind, name] = placeholder(f"{name}, which refers to itself")
            self._known[kind, name] = work_out()
        return self._known[kind, name]

    def _parameter(self, name: str) -> Any:
        parameter = self._sections["Parameters"][name]
        kind = str(parameter.get("Type", "String"))
        if "Default" not in parameter:
            return placeholder(f"parameter {name}")
        default = parameter["Default"]
        if kind.startswith("AWS::SSM::Parameter::Value"):
            return placeholder(f"SSM parameter {default}")
        if kind.startswith(_LIST_TYPES):
            return [item.strip() for item in str(default).split(",")]
        return default

    def _get_att(self, argument: Any) -> Any:
        name, *attribute = argument.split(".") if isinstance(argument, str) else argument
        resource = self._sections["Resources"].get(name)
        if not isinstance(resource, dict):
            return placeholder(shown("Fn::GetAtt", argument))
        return self._resource(attribute_of, name, resource, ".".join(attribute))

    def _sub(self, argument: Any) -> Any:
        text, variables = (argument, {}) if isinstance(argument, str) else argument
        unknown: list[str] = []

        def value_of(match: re.Match[str]) -> str:
            name = match.group(1).strip()
            value = self._sub_variable(name, variables)
            if isinstance(value, Unresolved):
                unknown.append(name)
            return as_text(value)

        result = _LITERAL.sub(r"${\1}", _SUB.sub(value_of, text))
        return Unresolved(result) if unknown else result

    def _sub_variable(self, name: str, variables: dict[str, Any]) -> Any:
        if name in variables:
            return self.resolve(variables[name])
        return self._get_att(name) if "." in name else self._ref(name)

    def _if(self, argument: Any) -> Any:
        name, yes, no = argument
        holds = self._condition(name)
        if isinstance(holds, Unresolved):
            return placeholder(f"!If {name}")
        return self.resolve(yes if holds else no)

    def _condition(self, name: str) -> Any:
        conditions = self._sections["Conditions"]
        if name not in conditions:
            return placeholder(f"condition {name}")
        return self._once("condition", name, lambda: self.resolve(conditions[name]))

    def _equals(self, argument: Any) -> Any:
        left, right = map(self.resolve, argument)
        unknown = next((side for side in (left, right) if isinstance(side, Unresolved)), None)
        return unknown or as_text(left) == as_text(right)

    def _and(self, argument: Any) -> Any:
        return self._decide(argument, deciding=False)

    def _or(self, argument: Any) -> Any:
        return self._decide(argument, deciding=True)

    def _decide(self, argument: Any, *, deciding: bool) -> Any:
        results = [self.resolve(item) for item in argument]
        if deciding in [item for item in results if isinstance(item, bool)]:
            return deciding
        return next((item for item in results if isinstance(item, Unresolved)), not deciding)

    def _not(self, argument: Any) -> Any:
        (value,) = map(self.resolve, argument)
        return value if isinstance(value, Unresolved) else not value

    def _join(self, argument: Any) -> Any:
        separator, items = argument
        parts = self.resolve(items)
        if isinstance(parts, Unresolved):
            return parts
        text = as_text(self.resolve(separator)).join(map(as_text, parts))
        return Unresolved(text) if any(isinstance(part, Unresolved) for part in parts) else text

    def _find_in_map(self, argument: Any) -> Any:
        name, top, second, *options = argument
        keys = [self.resolve(key) for key in (name, top, second)]
        unknown = next((key for key in keys if isinstance(key, Unresolved)), None)
        found = None if unknown else self._mapping_value(*map(as_text, keys))
        if found is None and options:
            return self.resolve(options[0]["DefaultValue"])
        return found if found is not None else placeholder(shown("Fn::FindInMap", [as_text(key) for key in keys]))

    def _mapping_value(self, name: str, top: str, second: str) -> Any:
        rows = self._sections["Mappings"].get(name) or {}
        columns: Any = next((row for key, row in rows.items() if str(key) == top), None) or {}
        return self.resolve(columns.get(second))

    def _select(self, argument: Any) -> Any:
        index, items = map(self.resolve, argument)
        if isinstance(items, Unresolved) or isinstance(index, Unresolved):
            return placeholder(shown("Fn::Select", [as_text(index), as_text(items)]))
        return items[int(index)]

    def _split(self, argument: Any) -> Any:
        separator, text = map(self.resolve, argument)
        return text if isinstance(text, Unresolved) else text.split(separator)

    def _base64(self, argument: Any) -> Any:
        text = self.resolve(argument)
        return text if isinstance(text, Unresolved) else base64.b64encode(text.encode()).decode()

    def _to_json(self, argument: Any) -> Any:
        value = self.resolve(argument)
        unknown: list[str] = []

        def stand_in(item: Any) -> str:
            unknown.append(as_text(item))
            return as_text(item)

        text = json.dumps(value, separators=(",", ":"), default=stand_in)
        return Unresolved(text) if unknown else text

    def _length(self, argument: Any) -> Any:
        items = self.resolve(argument)
        return items if isinstance(items, Unresolved) else len(items)

    def _zones(self, argument: Any) -> list[str]:
        region = as_text(self.resolve(argument)) or self._pseudo.region
        return [region + letter for letter in "abc"]


def shown(name: str, argument: Any) -> str:
    """An intrinsic as a person would write it in YAML, on one line: `!GetAtt Api.Url`."""
    short = "!" + name.removeprefix("Fn::")
    if name == "Fn::GetAtt" and isinstance(argument, list):
        return f"{short} {'.'.join(map(str, argument))}"
    return f"{short} {argument}" if isinstance(argument, (str, int)) else f"{short} {json.dumps(argument, default=str)}"


def as_text(value: Any) -> str:
    """A resolved value as the text CloudFormation makes of it: booleans in lower case, nothing for null."""
    if isinstance(value, Unresolved):
        return value.text
    if value is None or value is NO_VALUE:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(as_text, value))
    return json.dumps(value, default=as_text) if isinstance(value, dict) else str(value)
