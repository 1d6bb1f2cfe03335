"""What a stack's template wants, evaluated as far as the resources that are there allow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.engine.cloudformation.custom_resources.handler import is_custom
from workbench.engine.cloudformation.dependencies import Dependencies
from workbench.engine.cloudformation.evaluation import Evaluator
from workbench.engine.cloudformation.handlers import Desired
from workbench.engine.cloudformation.records import ResourceRecord, StackOutput, StackRecord, Submission
from workbench.engine.cloudformation.refusals import format_error, invalid, template_error
from workbench.engine.cloudformation.rules import check_rules
from workbench.engine.cloudformation.surroundings import StackSurroundings
from workbench.workspace.unresolved import Unknown, Unresolved
from workbench.workspace.value_text import as_text

NOT_YET = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""How a value is shown that is known only when its resource has been made. Source: DescribeChangeSet, AfterContext."""
_TAGGED = ("AWS::Lambda::Function", "AWS::CloudFormation::Stack")
"""Types that get the tags of their stack. Source: CloudFormation guide, "Resource tags"."""
_RETAINED = ("Retain", "RetainExceptOnCreate")


class Known:
    """The values of resources: of those there, and unknown ones of those that are still to be made if that is allowed."""

    def __init__(self, resources: Mapping[str, ResourceRecord], names: Iterable[str], *, all_made: bool) -> None:
        self._resources = dict(resources)
        self._names = set(names)
        self._all_made = all_made

    def made(self, resource: ResourceRecord) -> None:
        """Note a resource as it is now."""
        self._resources[resource.logical_id] = resource

    def unmade(self, logical_id: str) -> None:
        """Note that a resource will be another one."""
        self._resources.pop(logical_id, None)

    def value(self, logical_id: str, attribute: str) -> Any:
        """Return what Ref ("") or GetAtt gives. Raises ServiceError if the resource has no such attribute."""
        resource = self._resources.get(logical_id)
        if resource is not None and attribute in resource.attributes:
            return resource.attributes[attribute]
        if not self._all_made and logical_id in self._names:
            return Unresolved(NOT_YET, (Unknown("attribute", f"{logical_id}.{attribute}"),))
        kind = resource.type if resource is not None else "resource"
        if is_custom(kind) and attribute:
            raise invalid(f"CustomResource attribute error: Vendor response doesn't contain {attribute} attribute in object "
                          f"{logical_id}")
        raise template_error(f"resource {logical_id} ({kind}) does not support attribute type {attribute} in Fn::GetAtt"
                             if attribute else f"unresolved reference {logical_id}")


class Plan:
    """A template for one stack. Raises ServiceError, when it is made, for a template that cannot be deployed."""

    def __init__(
        self, stack: StackRecord, submission: Submission, stacks: Iterable[StackRecord],
        resources: Mapping[str, ResourceRecord], *, all_made: bool
    ) -> None:
        """`all_made`: values of resources are needed, and not only foreseen."""
        self._stack = stack
        self._tags = submission.tags
        template = submission.processed
        surroundings = StackSurroundings(stack, submission, stacks)
        self.known = Known(resources, template["Resources"], all_made=all_made)
        check_rules(template, surroundings)
        self._evaluator = Evaluator(template, surroundings, self.known)
        self._dependencies = Dependencies(template, self._evaluator, surroundings.names)
        self.order = self._dependencies.order()

    def type_of(self, logical_id: str) -> str:
        """Return a resource's type."""
        return str(self._dependencies.made[logical_id]["Type"])

    def is_retained(self, logical_id: str) -> bool:
        """Whether a resource outlives its stack."""
        return bool(self._dependencies.made[logical_id].get("DeletionPolicy") in _RETAINED)

    def keeps_replaced(self, logical_id: str) -> bool:
        """Whether a resource outlives its replacement."""
        return bool(self._dependencies.made[logical_id].get("UpdateReplacePolicy") == "Retain")

    def desired(self, logical_id: str) -> Desired:
        """Return a resource as the template wants it. Raises ServiceError."""
        resource = self._dependencies.made[logical_id]
        properties = self._evaluator.resolve(resource.get("Properties", {}))
        if not isinstance(properties, dict):
            raise format_error(f"[/Resources/{logical_id}/Properties] 'null' values are not allowed in templates")
        return Desired(
            scope=self._stack.scope, stack_name=self._stack.name, stack_id=self._stack.arn, logical_id=logical_id,
            type=str(resource["Type"]), properties=properties, wanted=self._dependencies.attributes_of(logical_id),
            tags=self._tags if resource["Type"] in _TAGGED else {})

    def outputs(self) -> tuple[StackOutput, ...]:
        """Return the outputs. Raises ServiceError."""
        found = []
        for key, output in self._dependencies.outputs.items():
            export = output.get("Export", {}).get("Name")
            value = self._evaluator.resolve(output.get("Value"))
            found.append(StackOutput(
                key=key, value=as_text(value), description=as_text(output.get("Description")),
                export=as_text(self._evaluator.resolve(export)) if export is not None else ""))
        return tuple(found)
