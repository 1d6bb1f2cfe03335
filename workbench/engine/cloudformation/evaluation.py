"""Evaluate a template's intrinsic functions for a stack: whatever cannot be evaluated is an error, in CloudFormation's words.

The workspace's own reading (`workspace.intrinsics`) is lenient: it shows a placeholder for what only a deployment knows. Here
only values of resources that are still to be made are `Unresolved`, which a change set shows.
Source: CloudFormation template reference, "Intrinsic function reference"; recorded answers of the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from workbench.engine.cloudformation.documents import section
from workbench.engine.cloudformation.refusals import format_error, template_error
from workbench.model.failures import ServiceError
from workbench.workspace.pseudo_parameters import NO_VALUE
from workbench.workspace.unresolved import Unresolved, unknowns_in
from workbench.workspace.value_functions import base64_text, cidr, join, length, select, split, to_json, zones
from workbench.workspace.value_text import as_text, intrinsic_name

SUBSTITUTED = re.compile(r"\$\{(!?)([^{}]+)\}")
_MALFORMED = (TypeError, ValueError, KeyError, IndexError, AttributeError)


class ResourceValues(Protocol):
    """What Ref and GetAtt of resources give."""

    def value(self, logical_id: str, attribute: str) -> Any:
        """Return an attribute of a resource, what Ref gives for "". Raises ServiceError if it has none."""


class Surroundings(Protocol):
    """What a template is evaluated with, other than its resources."""

    @property
    def names(self) -> Mapping[str, Any]:
        """Parameters and pseudo parameters by name."""

    def imported(self, export: str) -> str:
        """Return another stack's output. Raises ServiceError if no stack exports it."""


class Evaluator:
    """Evaluates the values of one template."""

    def __init__(self, template: Mapping[str, Any], surroundings: Surroundings, resources: ResourceValues) -> None:
        self._template = template
        self._surroundings = surroundings
        self._resources = resources
        self._conditions: dict[str, bool | None] = {}

    def resolve(self, value: Any) -> Any:
        """Return a value with all intrinsic functions evaluated. Raises ServiceError."""
        name = intrinsic_name(value)
        if name:
            return self._call(name, value[name])
        if isinstance(value, dict):
            pairs = ((key, self.resolve(item)) for key, item in value.items())
            return {key: item for key, item in pairs if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        return value

    def condition(self, name: str) -> bool:
        """Whether a condition holds. Raises ServiceError for one that is not there or refers to itself."""
        conditions = section(self._template, "Conditions")
        if name not in conditions:
            raise format_error(f"Unresolved condition dependency {name} in the Conditions block of the template")
        if name not in self._conditions:
            self._conditions[name] = None
            self._conditions[name] = is_true(self.resolve(conditions[name]))
        holds = self._conditions[name]
        if holds is None:
            raise format_error(f"Circular dependency in conditions: {name}")
        return holds

    def is_made(self, resource: Mapping[str, Any]) -> bool:
        """Whether a resource's or an output's condition holds."""
        name = resource.get("Condition")
        return self.condition(name) if isinstance(name, str) else True

    def chosen(self, argument: Any) -> Any:
        """Return the branch of `Fn::If` that counts, not evaluated."""
        name, yes, no = argument
        holds = self.condition(name) if isinstance(name, str) else is_true(self.resolve(name))
        return yes if holds else no

    def _call(self, name: str, argument: Any) -> Any:
        own: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref, "Fn::GetAtt": self._get_att, "Fn::Sub": self._sub,
            "Fn::If": lambda given: self.resolve(self.chosen(given)), "Fn::FindInMap": self._find_in_map,
            "Condition": self.condition, "Fn::RefAll": self._ref_all,
            "Fn::ImportValue": lambda given: self._surroundings.imported(as_text(self.resolve(given))),
        }
        plain: dict[str, Callable[[Any], Any]] = {
            "Fn::Join": join, "Fn::Select": select, "Fn::Split": split, "Fn::Base64": base64_text,
            "Fn::ToJsonString": to_json,
            "Fn::Length": length, "Fn::Cidr": cidr, "Fn::Equals": lambda pair: as_text(pair[0]) == as_text(pair[1]),
            "Fn::Not": lambda given: not is_true(given[0]), "Fn::And": lambda given: all(map(is_true, given)),
            "Fn::Or": lambda given: any(map(is_true, given)),
            "Fn::Contains": lambda given: as_text(given[1]) in map(as_text, given[0]),
            "Fn::EachMemberEquals": lambda given: all(as_text(each) == as_text(given[1]) for each in given[0]),
            "Fn::EachMemberIn": lambda given: set(map(as_text, given[0])) <= set(map(as_text, given[1])),
            "Fn::GetAZs": lambda region: zones(region, self._surroundings.names["AWS::Region"]),
        }
        try:
            if name in own:
                return own[name](argument)
            if name in plain:
                return plain[name](self.resolve(argument))
        except ServiceError:
            raise
        except _MALFORMED as error:
            raise template_error(f"every {name} object requires its documented parameters") from error
        raise template_error(f"{name} is not supported here")

    def _ref(self, argument: Any) -> Any:
        name = as_text(self.resolve(argument))
        if name in self._surroundings.names:
            return self._surroundings.names[name]
        return self._resources.value(name, "")

    def _ref_all(self, kind: Any) -> list[Any]:
        """Return the values of all parameters of a type."""
        declared = section(self._template, "Parameters")
        return [self._surroundings.names[name] for name, each in declared.items() if each.get("Type", "String") == kind]

    def _get_att(self, argument: Any) -> Any:
        parts = self.resolve(argument)
        name, attribute = (parts if isinstance(parts, str) else ".".join(map(as_text, parts))).split(".", 1)
        return self._resources.value(name, attribute)

    def _sub(self, argument: Any) -> Any:
        text, variables = (argument, {}) if isinstance(argument, str) else argument
        values: list[Any] = []

        def value_of(match: re.Match[str]) -> str:
            if match[1]:  # ${!Literal} stays as ${Literal}
                return f"${{{match[2]}}}"
            values.append(self._variable(match[2].strip(), variables))
            return as_text(values[-1])

        result = SUBSTITUTED.sub(value_of, text)
        return Unresolved(result, unknowns_in(values)) if unknowns_in(values) else result

    def _variable(self, name: str, variables: Mapping[str, Any]) -> Any:
        if name in variables:
            return self.resolve(variables[name])
        return self._get_att(name) if "." in name else self._ref(name)

    def _find_in_map(self, argument: Any) -> Any:
        name, top, second, *options = argument
        keys = [as_text(self.resolve(key)) for key in (name, top, second)]
        found: Any = section(self._template, "Mappings")
        for key in keys:
            rows = found.items() if isinstance(found, dict) else ()
            found = next((value for each, value in rows if as_text(each) == key), None)
        if found is None and options:
            return self.resolve(options[0]["DefaultValue"])
        if found is None:
            raise template_error(f"Unable to get mapping for {'::'.join(keys)}")
        return self.resolve(found)


def is_true(value: Any) -> bool:
    """Whether a condition's value counts as true."""
    return value if isinstance(value, bool) else as_text(value) == "true"
