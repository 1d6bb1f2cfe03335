"""One stack while its declarations are read: its resources with intrinsics resolved, and where references to functions lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from workbench.model.declarations import VERSION_MARK, Declaration
from workbench.model.failures import ServiceError
from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_names import FunctionReference, function_reference
from workbench.workspace.expansion import expand
from workbench.workspace.functions.properties import SERVERLESS
from workbench.workspace.functions.resource import cause
from workbench.workspace.generated_resources import generated_resources
from workbench.workspace.intrinsics import Resolver, as_text
from workbench.workspace.made_up_ids import made_up
from workbench.workspace.nested.stacks import Stack
from workbench.workspace.pseudo_parameters import PseudoParameters
from workbench.workspace.unresolved import Unresolved

VERSION = "AWS::Lambda::Version"


class DeclaringStack:
    """Collects declarations in `found`, and sentences on what is left out in `warnings`."""

    def __init__(self, stack: Stack, functions: Iterable[FunctionConfiguration]) -> None:
        """`functions` are those of the whole workspace, by their final names."""
        self.template = expand(stack.template, stack.pseudo)
        self.resources = self.template.section("Resources")
        self.resolver = Resolver(self.template.data, _with_marks(stack, self.template.data, self.resources))
        self.found: list[Declaration] = []
        self.warnings: list[str] = []
        self.pseudo = stack.pseudo
        self._stack = stack
        own = {each.logical_id.rpartition("/")[2]: each.name for each in functions
               if each.logical_id.rpartition("/")[0] == stack.path}
        self._names = {as_text(self.resolver.resolve({"Ref": logical_id})): name for logical_id, name in own.items()} | own

    def function_name(self, logical_id: str) -> str:
        """Return the name of the function with this logical ID in the stack."""
        return self._names.get(logical_id, logical_id)

    def function(self, value: Any, logical_id: str) -> FunctionReference | None:
        """Return the function that a name or ARN means, by this workspace's name for it; None after a warning."""
        known = self.known(value, logical_id, "FunctionName")
        if known is None:
            return None
        try:
            reference = function_reference(as_text(known))
        except ServiceError as error:
            self.warn(logical_id, error.message)
            return None
        return FunctionReference(self._names.get(reference.name, reference.name), reference.qualifier)

    def known(self, value: Any, logical_id: str, place: str) -> Any:
        """Return a value with intrinsics resolved; None if it is not set, or after a warning if it is not known."""
        resolved = self.resolver.resolve(value)
        unknown = _first_unknown(resolved)
        if unknown is None:
            return resolved
        self.warn(logical_id, f"{place} is left out: {cause(unknown)}")
        return None

    def properties(self, value: Any, logical_id: str) -> dict[str, Any]:
        """Return a map of properties, without those that are not known, which are warned of."""
        if not isinstance(value, dict):
            return {}
        resolved = {str(name): self.known(each, logical_id, str(name)) for name, each in value.items()}
        return {name: each for name, each in resolved.items() if each is not None}

    def is_generated(self, logical_id: str) -> bool:
        """Whether SAM generates a resource with this logical ID."""
        return logical_id in generated_resources(self.template.data, self.resolver.resolve)

    def reference(self, logical_id: str) -> str:
        """Return what `!Ref` gives for a resource or one that SAM generates."""
        return as_text(self.resolver.resolve({"Ref": logical_id}))

    def mark(self, version_id: str) -> str:
        """Return what stands in the place of the number of a version that the template publishes."""
        return VERSION_MARK + self._stack.outside(version_id)

    def queue_of(self, event_id: str) -> dict[str, Any]:
        """Return the queue that SAM generates between a topic and the function, as the source of a mapping."""
        return {"EventSourceArn": self.arn("sqs", f"{event_id}Queue")}

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in the stack's Region and account."""
        return f"arn:{self.pseudo.partition}:{service}:{self.pseudo.region}:{self.pseudo.account_id}:{resource}"

    def mapping_id(self, logical_id: str) -> str:
        """Return the UUID of an event source mapping, which `!Ref` gives for one that the template can refer to."""
        return made_up("uuid", f"{self.pseudo.stack_name}/{logical_id}") or ""

    def add(self, operation: str, logical_id: str, parameters: Mapping[str, Any], **others: Any) -> None:
        """Add a declaration; `others` are its further members."""
        self.found.append(Declaration(
            operation=operation, logical_id=self._stack.outside(logical_id), parameters=parameters,
            is_generated=logical_id not in self.resources, **others))

    def warn(self, logical_id: str, sentence: str) -> None:
        """Note what is wrong with a resource."""
        self.warnings.append(f"{self._stack.outside(logical_id)}: {sentence}")


def mapped(value: Any) -> dict[str, Any]:
    """Return a map, {} for anything else that stands in its place."""
    return value if isinstance(value, dict) else {}


def _with_marks(stack: Stack, data: Mapping[str, Any], resources: Mapping[str, Any]) -> PseudoParameters:
    """Give a mark instead of a number to each version that the template publishes, unless the person gave a number."""
    plain = Resolver(data, stack.pseudo)
    marks: dict[str, str] = {}
    for name, resource in resources.items():
        kind = mapped(resource).get("Type")
        if kind == VERSION:
            function = plain.resolve(mapped(resource.get("Properties")).get("FunctionName"))
            marks[f"{name}.Version"] = VERSION_MARK + stack.outside(name)
            marks[name] = _arn(stack.pseudo, as_text(function).rpartition(":")[2], marks[f"{name}.Version"])
        elif kind == SERVERLESS:
            mark = VERSION_MARK + stack.outside(f"{name}.Version")
            marks[f"{name}.Version"] = _arn(stack.pseudo, as_text(plain.resolve({"Ref": name})), mark)
    given = msgspec.structs.replace(stack.pseudo.given, others={**marks, **stack.pseudo.given.others})
    return msgspec.structs.replace(stack.pseudo, given=given)


def _arn(pseudo: PseudoParameters, function: str, mark: str) -> str:
    return f"arn:{pseudo.partition}:lambda:{pseudo.region}:{pseudo.account_id}:function:{function}:{mark}"


def _first_unknown(value: Any) -> Unresolved | None:
    if isinstance(value, Unresolved):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for found in map(_first_unknown, parts) if found is not None), None)
