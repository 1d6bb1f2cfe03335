"""Which resources of a template depend on which, and the order in which they are made.

Source: CloudFormation template reference, "DependsOn attribute" and "Intrinsic function reference".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from workbench.engine.cloudformation.documents import section
from workbench.engine.cloudformation.evaluation import SUBSTITUTED, Evaluator
from workbench.engine.cloudformation.refusals import format_error, invalid
from workbench.workspace.value_text import intrinsic_name

Use = tuple[str, str]
"""A logical ID, and the attribute of it that is used: "" for Ref."""


class Dependencies:
    """The resources of a template that exist in a stack, and what uses what."""

    def __init__(self, template: Mapping[str, Any], evaluator: Evaluator, names: Mapping[str, Any]) -> None:
        """`names` are the parameters, which are no resources. Raises ServiceError for what refers to nothing."""
        self._evaluator = evaluator
        self._names = names
        resources = section(template, "Resources")
        self.made = {name: each for name, each in resources.items() if evaluator.is_made(each)}
        self.outputs = {name: each for name, each in section(template, "Outputs").items() if evaluator.is_made(each)}
        uses = {name: self._uses_of(each) for name, each in self.made.items()}
        used = {use for each in (*uses.values(), *map(set, map(self.uses, self.outputs.values()))) for use in each}
        self._check(used, resources)
        self._used = used
        self._uses = uses

    def order(self) -> list[str]:
        """Return the logical IDs so that each comes after those it depends on. Raises ServiceError for a circle."""
        graph = {name: sorted({logical_id for logical_id, _ in uses} & self.made.keys()) for name, uses in self._uses.items()}
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = sorted(set(error.args[1]))
            raise invalid(f"Circular dependency between resources: [{', '.join(circle)}]") from error

    def attributes_of(self, logical_id: str) -> tuple[str, ...]:
        """Return the attributes of a resource that others or outputs use."""
        return tuple(sorted(attribute for name, attribute in self._used if name == logical_id and attribute))

    def uses(self, value: Any) -> Iterator[Use]:
        """Yield what a value uses; of `Fn::If` only the branch that counts."""
        name = intrinsic_name(value)
        if name == "Ref":
            yield str(value[name]), ""
        elif name == "Fn::GetAtt":
            yield _attribute(value[name])
        elif name == "Fn::Sub":
            yield from self._substituted(value[name])
        elif name == "Fn::If" and isinstance(value[name], list) and len(value[name]) == 3:
            yield from self.uses(self._evaluator.chosen(value[name]))
        elif isinstance(value, dict):
            for item in value.values():
                yield from self.uses(item)
        elif isinstance(value, list):
            for item in value:
                yield from self.uses(item)

    def _substituted(self, argument: Any) -> Iterator[Use]:
        text, variables = (argument, {}) if not isinstance(argument, list) or len(argument) != 2 else argument
        yield from self.uses(variables)
        for mark, name in SUBSTITUTED.findall(str(text)):
            if not mark and name.strip() not in variables:
                yield _attribute(name.strip())

    def _uses_of(self, resource: Mapping[str, Any]) -> set[Use]:
        depends = resource.get("DependsOn", [])
        listed = depends if isinstance(depends, list) else [depends]
        found = {use for use in self.uses(resource.get("Properties", {})) if use[0] not in self._names}
        return found | {(str(name), "") for name in listed if name in self.made}

    def _check(self, used: set[Use], resources: Mapping[str, Any]) -> None:
        unknown = sorted({name for name, _ in used if name not in resources and name not in self._names})
        absent = sorted({name for name, _ in used if name in resources and name not in self.made})
        if unknown or absent:
            raise format_error(f"Unresolved resource dependencies [{', '.join(unknown or absent)}] "
                               "in the Resources block of the template")


def _attribute(argument: Any) -> Use:
    name = argument if isinstance(argument, str) else ".".join(map(str, argument))
    logical_id, _, attribute = name.partition(".")
    return logical_id, attribute
