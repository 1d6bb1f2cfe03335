"""Stacks, their resources, events and change sets, as they are kept.

Source of members and statuses: CloudFormation API reference, Stack, StackResource, StackEvent, DescribeChangeSet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.registry.records import Record


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller submitted for a stack, and what became of it before anything is created.

    `text` is the template as it came, `processed` the template after its transforms. `parameters` are texts by name as they were
    given or defaulted; `resolved` has the values in place of the names of SSM parameters. `no_echo`: those that are masked.
    """

    text: str
    processed: Mapping[str, Any]
    parameters: Mapping[str, str] = {}
    resolved: Mapping[str, str] = {}
    no_echo: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    tags: Mapping[str, str] = {}
    role_arn: str = ""
    notification_arns: tuple[str, ...] = ()


class StackOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An output; `export` is the name under which other stacks import it, "" for none."""

    key: str
    value: str
    description: str = ""
    export: str = ""


class StackRecord(Record, frozen=True, kw_only=True):
    """A stack. `uuid` is the end of its ID. `deleted_ms` is 0 unless it is deleted; `updated_ms` is 0 before its first update.

    `parent` and `root` are the IDs of the stack that a nested one is in, and of the outermost; "" for one that is not nested.
    """

    uuid: str
    name: str
    status: str
    created_ms: int
    reason: str = ""
    updated_ms: int = 0
    deleted_ms: int = 0
    submission: Submission = Submission(text="", processed={})
    outputs: tuple[StackOutput, ...] = ()
    disable_rollback: bool = False
    is_protected: bool = False
    change_set_id: str = ""
    parent: str = ""
    root: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among stacks of a scope: names are used again."""
        return (self.uuid,)

    @property
    def arn(self) -> str:
        """Its StackId."""
        return stack_arn(self.scope.partition, self.scope.region, self.scope.account, f"stack/{self.name}/{self.uuid}")

    @property
    def is_in_progress(self) -> bool:
        """Whether an operation changes it now."""
        return self.status.endswith("IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


class StackPart(Record, frozen=True, kw_only=True):
    """What belongs to a stack."""

    stack: str


class ResourceRecord(StackPart, frozen=True, kw_only=True):
    """A resource of a stack as it is now. `properties` are resolved; `attributes` has GetAtt's values, and Ref's as "".

    `place`: resources are deleted in the opposite order of their creation. `retained`: it outlives its stack. `kept_by`: the
    services endpoint that has it, "" for what is kept here. `tags`: those of its stack that it got. `secrets`: values that
    dynamic references gave, which nobody is shown.
    """

    logical_id: str
    type: str
    status: str
    modified_ms: int
    physical_id: str = ""
    reason: str = ""
    properties: Mapping[str, Any] = {}
    attributes: Mapping[str, Any] = {}
    wanted: tuple[str, ...] = ()
    place: int = 0
    retained: bool = False
    kept_by: str = ""
    tags: Mapping[str, str] = {}
    secrets: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among resources of a scope."""
        return (self.stack, self.logical_id)


class EventRecord(StackPart, frozen=True, kw_only=True):
    """Something that happened to a stack or one of its resources. `number` counts a stack's events from 0."""

    number: int
    event_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type: str
    time_ms: int
    status: str
    reason: str = ""
    properties: str = ""
    token: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among events of a scope."""
        return (self.stack, f"{self.number:09d}")


class ResourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a change set would do to a resource. `replacement` is "" for one that is not modified."""

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str = ""
    properties: tuple[str, ...] = ()


class ChangeSetRecord(StackPart, frozen=True, kw_only=True):
    """A change set. `uuid` is the end of its ID."""

    uuid: str
    name: str
    kind: str
    status: str
    execution: str
    created_ms: int
    submission: Submission
    changes: tuple[ResourceChange, ...] = ()
    reason: str = ""
    description: str = ""
    on_failure: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What identifies it among change sets of a scope."""
        return (self.stack, self.uuid)

    @property
    def arn(self) -> str:
        """Its ChangeSetId."""
        return stack_arn(self.scope.partition, self.scope.region, self.scope.account, f"changeSet/{self.name}/{self.uuid}")


def stack_arn(partition: str, region: str, account: str, resource: str) -> str:
    """Return an ARN of CloudFormation."""
    return f"arn:{partition}:cloudformation:{region}:{account}:{resource}"


KINDS: Mapping[str, type[Record]] = {
    kind.__name__: kind for kind in (StackRecord, ResourceRecord, EventRecord, ChangeSetRecord)}
"""Every kind of these records, by the name that it is stored under."""
