"""The types that are made by calls of their service.

Source: CloudFormation template reference, and each service's API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.cloudformation.handlers import Made
from workbench.engine.cloudformation.service_types.bucket_policies import BUCKET_POLICY
from workbench.engine.cloudformation.service_types.handler import Properties, ServiceType, Step
from workbench.engine.cloudformation.service_types.http_apis import HTTP_API_TYPES
from workbench.engine.cloudformation.service_types.rest_apis import REST_API_TYPES
from workbench.engine.cloudformation.service_types.user_pools import USER_POOL_TYPES


def _json(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _named(name: str) -> Made:
    return Made(physical_id=name, attributes={"": name, "Id": name})


def _subscription(properties: Properties) -> dict[str, Any]:
    texts = ("RawMessageDelivery", "FilterPolicyScope", "SubscriptionRoleArn")
    documents = ("FilterPolicy", "RedrivePolicy", "DeliveryPolicy")
    attributes = {name: str(properties[name]).lower() if name == texts[0] else str(properties[name])
                  for name in texts if name in properties}
    attributes |= {name: _json(properties[name]) for name in documents if name in properties}
    return {"TopicArn": properties["TopicArn"], "Protocol": properties["Protocol"], "Endpoint": properties.get("Endpoint", ""),
            "Attributes": attributes, "ReturnSubscriptionArn": True}


def _queue_policies(properties: Properties, policy: str) -> list[Step]:
    return [("set_queue_attributes", {"QueueUrl": queue, "Attributes": {"Policy": policy}}) for queue in properties["Queues"]]


def _topic_policies(properties: Properties, policy: str) -> list[Step]:
    return [("set_topic_attributes", {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy})
            for topic in properties["Topics"]]


def _arn(answer: Mapping[str, Any], member: str) -> Made:
    arn = str(answer[member])
    return Made(physical_id=arn, attributes={"": arn, "Id": arn, "Arn": arn})


def _alarm(properties: Properties) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "Tags"}


_SERVICE_TYPES: Mapping[str, ServiceType] = {
    "AWS::S3::BucketPolicy": BUCKET_POLICY,
    "AWS::SQS::QueuePolicy": ServiceType(
        service="sqs", identity=frozenset({"Queues"}),
        create=lambda given: _queue_policies(given, _json(given["PolicyDocument"])),
        made=lambda _given, name, _answer: _named(name), delete=lambda given, _id: _queue_policies(given, "")),
    "AWS::SNS::TopicPolicy": ServiceType(
        service="sns", identity=frozenset({"Topics"}),
        create=lambda given: _topic_policies(given, _json(given["PolicyDocument"])),
        made=lambda _given, name, _answer: _named(name), delete=lambda _given, _id: []),
    "AWS::SNS::Subscription": ServiceType(
        service="sns", create=lambda given: [("subscribe", _subscription(given))],
        made=lambda _given, _name, answer: _arn(answer, "SubscriptionArn"),
        delete=lambda _given, physical_id: [("unsubscribe", {"SubscriptionArn": physical_id})]),
    "AWS::CloudWatch::Alarm": ServiceType(
        service="cloudwatch", identity=frozenset({"AlarmName"}), create=lambda given: [("put_metric_alarm", _alarm(given))],
        made=lambda given, _name, _answer: _named(given["AlarmName"]),
        delete=lambda _given, name: [("delete_alarms", {"AlarmNames": [name]})]),
    "AWS::SecretsManager::Secret": ServiceType(
        service="secretsmanager", identity=frozenset({"Name"}),
        create=lambda given: [("create_secret", {name: given[name] for name in ("Name", "Description", "SecretString", "Tags")
                                                 if name in given})],
        made=lambda _given, _name, answer: _arn(answer, "ARN"),
        update=lambda given, arn: [("update_secret", {"SecretId": arn, **{
            name: given[name] for name in ("Description", "SecretString") if name in given}})],
        delete=lambda _given, arn: [("delete_secret", {"SecretId": arn, "ForceDeleteWithoutRecovery": True})]),
    "AWS::Scheduler::Schedule": ServiceType(
        service="scheduler", identity=frozenset({"Name"}), create=lambda given: [("create_schedule", dict(given))],
        made=lambda given, _name, answer: Made(physical_id=given["Name"], attributes={
            "": given["Name"], "Arn": answer["ScheduleArn"]}),
        update=lambda given, _name: [("update_schedule", dict(given))],
        delete=lambda _given, name: [("delete_schedule", {"Name": name})]),
}
SERVICE_TYPES: Mapping[str, ServiceType] = {**USER_POOL_TYPES, **_SERVICE_TYPES, **HTTP_API_TYPES, **REST_API_TYPES}
"""How each of these types is made."""
