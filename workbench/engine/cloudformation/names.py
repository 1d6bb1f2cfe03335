"""The names that CloudFormation makes up for resources of other services.

Source: CloudFormation template reference, "Name type", and the types' own pages for their lengths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.handlers import Desired, Existing


class NameRule(msgspec.Struct, frozen=True):
    """The property that is the name, how long it may be, whether it is in lower case, and what it has to end with if `fifo`."""

    property: str
    longest: int
    lower: bool = False
    fifo: bool = False


_RULES: Mapping[str, NameRule] = {
    "AWS::S3::Bucket": NameRule("BucketName", 63, lower=True),
    "AWS::DynamoDB::Table": NameRule("TableName", 255),
    "AWS::SQS::Queue": NameRule("QueueName", 80, fifo=True),
    "AWS::SNS::Topic": NameRule("TopicName", 256, fifo=True),
    "AWS::IAM::Role": NameRule("RoleName", 64),
    "AWS::IAM::ManagedPolicy": NameRule("ManagedPolicyName", 128),
    "AWS::IAM::User": NameRule("UserName", 64),
    "AWS::IAM::Group": NameRule("GroupName", 128),
    "AWS::IAM::InstanceProfile": NameRule("InstanceProfileName", 128),
    "AWS::Logs::LogGroup": NameRule("LogGroupName", 512),
    "AWS::Events::Rule": NameRule("Name", 64),
    "AWS::Scheduler::Schedule": NameRule("Name", 64),
    "AWS::SSM::Parameter": NameRule("Name", 1011),
    "AWS::Kinesis::Stream": NameRule("Name", 128),
    "AWS::SecretsManager::Secret": NameRule("Name", 255),
    "AWS::StepFunctions::StateMachine": NameRule("StateMachineName", 80),
    "AWS::ECR::Repository": NameRule("RepositoryName", 256, lower=True),
    "AWS::CloudWatch::Alarm": NameRule("AlarmName", 255),
}
NAME_PROPERTIES = frozenset(rule.property for rule in _RULES.values())
"""The properties that are names: another value is another resource."""


def with_name(desired: Desired, before: Existing | None = None) -> dict[str, Any]:
    """Return the properties with the resource's name, made up if the template has none; `before` keeps the one it has."""
    properties = dict(desired.properties)
    rule = _RULES.get(desired.type)
    if rule is None or properties.get(rule.property):
        return properties
    if before is not None and rule.property not in before.properties:
        properties[rule.property] = _kept(before, rule)
        return properties
    is_fifo = rule.fifo and str(properties.get("FifoQueue", properties.get("FifoTopic", ""))).lower() == "true"
    ending = ".fifo" if is_fifo else ""
    properties[rule.property] = desired.generated_name(min(rule.longest, 120) - len(ending), lower=rule.lower) + ending
    return properties


def _kept(before: Existing, rule: NameRule) -> str:
    """Return the name that was made up, which is the physical ID or its end."""
    return before.physical_id.replace("/", ":").rpartition(":")[2] if rule.property != "LogGroupName" else before.physical_id
