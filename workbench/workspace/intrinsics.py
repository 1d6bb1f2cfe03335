"""Resolves CloudFormation's intrinsic functions without a stack; parameters have the given values or their defaults.

What only a deployment can know becomes `Unresolved`, which carries a readable placeholder and the name under which a person can
supply it. Source of the rules: CloudFormation user guide, "Intrinsic function reference" and "Pseudo parameters reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from workbench.workspace.dynamic_references import with_dynamic_references
from workbench.workspace.generated_resources import generated_resources
from workbench.workspace.parameters import parameter_value
from workbench.workspace.pseudo_parameters import NO_VALUE, PseudoParameters
from workbench.workspace.return_values import ResourceValues
from workbench.workspace.unresolved import Unresolved, placeholder, unknowns_in
from workbench.workspace.value_functions import base64_text, cidr, join, length, select, split, to_json, zones
from workbench.workspace.value_text import as_text, intrinsic_name, shown

__all__ = ["NO_VALUE", "PseudoParameters", "Resolver", "Unresolved", "as_text", "intrinsic_name", "placeholder", "shown"]

_SUB = re.compile(r"\$\{(!?)([^{}]+)\}")
_MALFORMED = (TypeError, ValueError, KeyError, IndexError, AttributeError)


class Resolver:
    """Resolves the values of one template. `resolve` never raises: what cannot be known becomes `Unresolved`."""

    def __init__(self, data: Mapping[str, Any], pseudo: PseudoParameters) -> None:
        self._sections = {name: _map(data.get(name)) for name in ("Parameters", "Mappings", "Conditions", "Resources")}
        self._data = data
        self._pseudo = pseudo
        self._given = pseudo.given.others
        self._known: dict[tuple[str, str], Any] = {}
        self._generated: dict[str, dict[str, Any]] | None = None

    def resolve(self, value: Any) -> Any:
        """Return the value with all intrinsics resolved; an unknown part makes its intrinsic Unresolved."""
        name = intrinsic_name(value)
        if name:
            return with_dynamic_references(self._call(name, value[name]), self._given)
        if isinstance(value, dict):
            pairs = ((key, self.resolve(item)) for key, item in value.items())
            return {key: item for key, item in pairs if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        return with_dynamic_references(value, self._given)

    def condition(self, name: str) -> bool | Unresolved:
        """Whether the condition with this name holds; Unresolved if that is not known or there is no such condition."""
        conditions = self._sections["Conditions"]
        if name not in conditions:
            return placeholder(f"condition {name}", "condition")
        answer = self._once("condition", name, lambda: self.resolve(conditions[name]))
        return answer if isinstance(answer, Unresolved) else _truth(answer)

    def exists(self, logical_id: str) -> bool | Unresolved:
        """Whether the template creates the resource: it is there and its Condition holds. Unresolved if that is not known."""
        resource = self._sections["Resources"].get(logical_id)
        if not isinstance(resource, dict):
            return False
        name = resource.get("Condition")
        return self.condition(name) if isinstance(name, str) else True

    def _call(self, name: str, argument: Any) -> Any:
        own: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref, "Fn::GetAtt": self._get_att, "Fn::Sub": self._sub, "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map, "Fn::ImportValue": self._import, "Condition": self._named_condition,
            "Fn::And": self._and, "Fn::Or": self._or,
        }
        plain: dict[str, Callable[[Any], Any]] = {
            "Fn::Join": join, "Fn::Select": select, "Fn::Split": split, "Fn::Base64": base64_text, "Fn::ToJsonString": to_json,
            "Fn::Length": length, "Fn::Cidr": cidr, "Fn::Equals": _equals, "Fn::Not": _not,
            "Fn::GetAZs": lambda region: zones(region, self._pseudo.region),
        }
        try:
            if name in own:
                return own[name](argument)
            if name in plain:
                return plain[name](self.resolve(argument))
        except _MALFORMED:
            return placeholder(shown(name, argument))
        return self._transform(argument) if name == "Fn::Transform" else placeholder(shown(name, argument))

    def _transform(self, argument: Any) -> Any:
        """Return a placeholder for a macro, or a snippet that was not inserted because its file is not here (see `expansion`)."""
        parameters = _map(_map(argument).get("Parameters"))
        location = f" of {as_text(self.resolve(parameters['Location']))}" if "Location" in parameters else ""
        return placeholder(f"transform {as_text(_map(argument).get('Name'))}{location}", "transform")

    # Each of these may raise one of _MALFORMED for a malformed argument, which _call turns into a placeholder.

    def _ref(self, argument: Any) -> Any:
        name = self.resolve(argument)
        if isinstance(name, Unresolved):
            return Unresolved(f"<unresolved: {shown('Ref', name.text)}>", name.unknowns)
        pseudo = self._pseudo.value(name)
        if pseudo is not None:
            return pseudo
        if name in self._sections["Parameters"]:
            return parameter_value(name, _map(self._sections["Parameters"][name]), self._pseudo.given)
        return self._resource_value(as_text(name), "")

    def _get_att(self, argument: Any) -> Any:
        parts = self.resolve(argument)
        if unknowns_in(parts):
            return Unresolved(f"<unresolved: {shown('Fn::GetAtt', argument)}>", unknowns_in(parts))
        name, attribute = (parts if isinstance(parts, str) else ".".join(map(as_text, parts))).split(".", 1)
        return self._resource_value(name, attribute)

    def _resource_value(self, name: str, attribute: str) -> Any:
        """Return the value of `!GetAtt`, or of `!Ref` if `attribute` is "": given by the person, else derived from the type."""
        key = f"{name}.{attribute}" if attribute else name
        if key in self._given:
            return self._given[key]
        answer = self._once("value", key, lambda: self._worked_out(name, attribute))
        if answer is not None:
            return answer
        absent = f", which does not exist ({name}'s condition is false)" if self._is_absent(name) else ""
        return placeholder(f"!{'GetAtt' if attribute else 'Ref'} {key}{absent}", "attribute", key)

    def _is_absent(self, name: str) -> bool:
        return name in self._sections["Resources"] and self.exists(name) is False

    def _worked_out(self, name: str, attribute: str) -> Any:
        resource = self._sections["Resources"].get(name)
        if resource is None:
            # In SAM, !GetAtt Function.Alias can stand for the alias as well: it is then a generated resource of that name.
            resource = self._made_by_sam().get(name)
        elif self.exists(name) is False:
            return None
        if not isinstance(resource, dict):
            return None
        values = ResourceValues(name, resource, self.resolve, self._pseudo)
        answer = values.attribute(attribute) if attribute else values.ref()
        if answer is None and attribute and f"{name}.{attribute}" in self._made_by_sam():
            return self._worked_out(f"{name}.{attribute}", "")
        return answer

    def _made_by_sam(self) -> dict[str, dict[str, Any]]:
        if self._generated is None:
            self._generated = {}  # for what `resolve` asks meanwhile: names of generated resources may refer to others
            self._generated = generated_resources(self._data, self.resolve)
        return self._generated

    def _once(self, kind: str, name: str, work_out: Callable[[], Any]) -> Any:
        """Compute a value once; until it is known it counts as unresolved, so that circular references end."""
        if (kind, name) not in self._known:
            self._known[kind, name] = placeholder(f"{'condition ' if kind == 'condition' else ''}{name}, which refers to itself,")
            self._known[kind, name] = work_out()
        return self._known[kind, name]

    def _import(self, argument: Any) -> Any:
        name = self.resolve(argument)
        key = f"import:{as_text(name)}"
        if key in self._given:
            return self._given[key]
        if isinstance(name, Unresolved):
            return Unresolved(f"<unresolved: {shown('Fn::ImportValue', name.text)}>", name.unknowns)
        return placeholder(shown("Fn::ImportValue", name), "import", key)

    def _sub(self, argument: Any) -> Any:
        text, variables = (argument, {}) if isinstance(argument, str) else argument
        values: list[Any] = []

        def value_of(match: re.Match[str]) -> str:
            if match.group(1):  # ${!Literal} stays as ${Literal}
                return f"${{{match.group(2)}}}"
            values.append(self._sub_variable(match.group(2).strip(), variables))
            return as_text(values[-1])

        result = _SUB.sub(value_of, text)
        return Unresolved(result, unknowns_in(values)) if unknowns_in(values) else result

    def _sub_variable(self, name: str, variables: dict[str, Any]) -> Any:
        if name in variables:
            return self.resolve(variables[name])
        return self._get_att(name) if "." in name else self._ref(name)

    def _if(self, argument: Any) -> Any:
        name, yes, no = argument
        holds = self.condition(name) if isinstance(name, str) else self.resolve(name)
        if not isinstance(holds, Unresolved):
            return self.resolve(yes if holds else no)
        either, other = self.resolve(yes), self.resolve(no)
        # If both branches give the same, it does not matter that the condition is unknown.
        same = either == other and not unknowns_in(either)
        return either if same else Unresolved(f"<unresolved: !If {as_text(name)}>", holds.unknowns)

    def _named_condition(self, name: Any) -> Any:
        return self.condition(str(name))

    def _and(self, argument: Any) -> Any:
        return self._decide(argument, deciding=False)

    def _or(self, argument: Any) -> Any:
        return self._decide(argument, deciding=True)

    def _decide(self, argument: Any, *, deciding: bool) -> Any:
        results = [_truth(self.resolve(item)) for item in argument]
        # One false in an And, or one true in an Or, decides even if the others are unknown.
        if deciding in [item for item in results if isinstance(item, bool)]:
            return deciding
        return next((item for item in results if isinstance(item, Unresolved)), not deciding)

    def _find_in_map(self, argument: Any) -> Any:
        name, top, second, *options = argument
        keys = [self.resolve(key) for key in (name, top, second)]
        unknowns = unknowns_in(keys)
        found = None if unknowns else self._mapping_value(*map(as_text, keys))
        if found is None and options and not unknowns:
            return self.resolve(options[0]["DefaultValue"])
        text = shown("Fn::FindInMap", [as_text(key) for key in keys])
        return found if found is not None else Unresolved(f"<unresolved: {text}>", unknowns) if unknowns else placeholder(text)

    def _mapping_value(self, name: str, top: str, second: str) -> Any:
        rows = _map(self._sections["Mappings"].get(name))
        columns = next((row for key, row in rows.items() if as_text(key) == top), None)
        return self.resolve(next((value for key, value in _map(columns).items() if as_text(key) == second), None))


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _truth(value: Any) -> Any:
    """Return a condition's value as bool or Unresolved; CloudFormation also accepts "true" and "false" as text."""
    return value if isinstance(value, (bool, Unresolved)) else as_text(value) == "true"


def _equals(argument: Any) -> Any:
    left, right = argument
    unknown = next((side for side in (left, right) if isinstance(side, Unresolved)), None)
    return unknown or as_text(left) == as_text(right)


def _not(argument: Any) -> Any:
    (value,) = argument
    return value if isinstance(value, Unresolved) else not _truth(value)
