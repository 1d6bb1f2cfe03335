"""Records as CloudFormation's answers have them. Source: CloudFormation API reference, data types."""

from __future__ import annotations

from typing import Any

from workbench.engine.cloudformation.parameters import MASKED
from workbench.engine.cloudformation.records import (
    ChangeSetRecord,
    EventRecord,
    ResourceChange,
    ResourceRecord,
    StackRecord,
    Submission,
)
from workbench.workspace.value_text import as_text

_NOT_CHECKED = {"StackDriftStatus": "NOT_CHECKED"}


def stack(record: StackRecord) -> dict[str, Any]:
    """Stack."""
    submission = record.submission
    return {
        "StackId": record.arn, "StackName": record.name, "ChangeSetId": record.change_set_id or None,
        "Description": _description(submission), "Parameters": parameters(submission) or None, "CreationTime": record.created_ms,
        "DeletionTime": record.deleted_ms or None, "LastUpdatedTime": record.updated_ms or None, "RollbackConfiguration": {},
        "StackStatus": record.status, "StackStatusReason": record.reason or None, "DisableRollback": record.disable_rollback,
        "NotificationARNs": submission.notification_arns, "Capabilities": submission.capabilities or None,
        "Outputs": [{"OutputKey": each.key, "OutputValue": each.value, "Description": each.description or None,
                     "ExportName": each.export or None} for each in record.outputs] or None,
        "RoleARN": submission.role_arn or None, "Tags": tags(submission),
        "EnableTerminationProtection": record.is_protected, "DriftInformation": _NOT_CHECKED, **_above(record),
    }


def stack_summary(record: StackRecord) -> dict[str, Any]:
    """StackSummary."""
    return {
        "StackId": record.arn, "StackName": record.name, "TemplateDescription": _description(record.submission),
        "CreationTime": record.created_ms, "LastUpdatedTime": record.updated_ms or None,
        "DeletionTime": record.deleted_ms or None, "StackStatus": record.status,
        "StackStatusReason": record.reason or None, "DriftInformation": _NOT_CHECKED, **_above(record),
    }


def _above(record: StackRecord) -> dict[str, Any]:
    return {"ParentId": record.parent or None, "RootId": record.root or None}


def parameters(submission: Submission) -> list[dict[str, Any]]:
    """Parameters, those with NoEcho masked."""
    return [{"ParameterKey": name, "ParameterValue": MASKED if name in submission.no_echo else value,
             "ResolvedValue": submission.resolved.get(name)} for name, value in submission.parameters.items()]


def tags(submission: Submission) -> list[dict[str, str]]:
    """Tags."""
    return [{"Key": key, "Value": value} for key, value in submission.tags.items()]


def resource(owner: StackRecord, record: ResourceRecord) -> dict[str, Any]:
    """StackResource."""
    return {"StackName": owner.name, "StackId": owner.arn, "Timestamp": record.modified_ms,
            **_resource(record), "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"}}


def resource_detail(owner: StackRecord, record: ResourceRecord) -> dict[str, Any]:
    """StackResourceDetail."""
    return {"StackName": owner.name, "StackId": owner.arn, **resource_summary(record), "Metadata": "{}"}


def resource_summary(record: ResourceRecord) -> dict[str, Any]:
    """StackResourceSummary."""
    return {**_resource(record), "LastUpdatedTimestamp": record.modified_ms,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"}}


def _resource(record: ResourceRecord) -> dict[str, Any]:
    return {"LogicalResourceId": record.logical_id, "PhysicalResourceId": record.physical_id or None, "ResourceType": record.type,
            "ResourceStatus": record.status, "ResourceStatusReason": record.reason or None}


def event(owner: StackRecord, record: EventRecord) -> dict[str, Any]:
    """StackEvent."""
    return {
        "StackId": owner.arn, "EventId": record.event_id, "StackName": record.stack_name, "LogicalResourceId": record.logical_id,
        "PhysicalResourceId": record.physical_id, "ResourceType": record.type, "Timestamp": record.time_ms,
        "ResourceStatus": record.status, "ResourceStatusReason": record.reason or None,
        "ResourceProperties": record.properties or None, "ClientRequestToken": record.token or None,
    }


def change_set(owner: StackRecord, record: ChangeSetRecord) -> dict[str, Any]:
    """DescribeChangeSet's answer without the changes."""
    submission = record.submission
    return {
        "ChangeSetName": record.name, "ChangeSetId": record.arn, "StackId": owner.arn, "StackName": owner.name,
        "Description": record.description or None, "Parameters": parameters(submission) or None,
        "CreationTime": record.created_ms,
        "ExecutionStatus": record.execution, "Status": record.status, "StatusReason": record.reason or None,
        "NotificationARNs": submission.notification_arns, "RollbackConfiguration": {},
        "Capabilities": submission.capabilities or None, "Tags": tags(submission) or None, "IncludeNestedStacks": False,
        "OnStackFailure": record.on_failure or None,
    }


def change_set_summary(owner: StackRecord, record: ChangeSetRecord) -> dict[str, Any]:
    """ChangeSetSummary."""
    return {
        "StackId": owner.arn, "StackName": owner.name, "ChangeSetId": record.arn, "ChangeSetName": record.name,
        "ExecutionStatus": record.execution, "Status": record.status, "StatusReason": record.reason or None,
        "CreationTime": record.created_ms, "Description": record.description or None, "IncludeNestedStacks": False,
    }


def change(record: ResourceChange) -> dict[str, Any]:
    """Change."""
    recreation = {"True": "Always", "Conditional": "Conditionally"}.get(record.replacement, "Never")
    details = [{"Target": {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation},
                "Evaluation": "Static", "ChangeSource": "DirectModification"} for name in record.properties]
    return {"Type": "Resource", "ResourceChange": {
        "Action": record.action, "LogicalResourceId": record.logical_id, "PhysicalResourceId": record.physical_id or None,
        "ResourceType": record.type, "Replacement": record.replacement or None,
        "Scope": ["Properties"] if record.properties else [], "Details": details}}


def _description(submission: Submission) -> str | None:
    return as_text(submission.processed.get("Description")) or None
