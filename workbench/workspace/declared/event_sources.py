"""Event source mappings that SAM makes of a function's events, as parameters of CreateEventSourceMapping.

Source: SAM guide, "EventSource" and the pages of the event types; aws-sam-translator, `model/eventsources/pull.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SOURCES = {"SQS": "Queue", "Kinesis": "Stream", "DynamoDB": "Stream", "MSK": "Stream", "MQ": "Broker", "DocumentDB": "Cluster",
            "SelfManagedKafka": ""}
"""The property that is the source's ARN; Kafka that its owner runs has none."""
_CONSUMERS = {"MSK": "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafka": "SelfManagedKafkaEventSourceConfig"}
_OF_KAFKA = ("ConsumerGroupId", "SchemaRegistryConfig")
_DOCUMENTS = ("DatabaseName", "CollectionName", "FullDocument")
_SAME = (
    "StartingPosition", "StartingPositionTimestamp", "BatchSize", "Enabled", "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts", "BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds", "ParallelizationFactor", "Topics",
    "Queues", "SourceAccessConfigurations", "TumblingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria", "ScalingConfig",
    "ProvisionedPollerConfig", "MetricsConfig", "LoggingConfig", "DestinationConfig",
)
"""Properties that keep their names."""


def mapping_of(kind: str, properties: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parameters of the mapping that an event of this kind makes; None for kinds that make none."""
    if is_through_queue(kind, properties):
        return _of_subscription(properties["SqsSubscription"])
    if kind not in _SOURCES:
        return None
    found = {name: properties[name] for name in _SAME if name in properties}
    if _SOURCES[kind]:
        found["EventSourceArn"] = properties.get(_SOURCES[kind])
    if "KmsKeyArn" in properties:
        found["KMSKeyArn"] = properties["KmsKeyArn"]
    if "KafkaBootstrapServers" in properties:
        found["SelfManagedEventSource"] = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": properties["KafkaBootstrapServers"]}}
    consumer = {name: properties[name] for name in _OF_KAFKA if name in properties}
    if kind in _CONSUMERS and consumer:
        found[_CONSUMERS[kind]] = consumer
    if kind == "DocumentDB":
        found["DocumentDBEventSourceConfig"] = {name: properties[name] for name in _DOCUMENTS if name in properties}
    if "DestinationConfig" in found:
        found["DestinationConfig"] = _without_types(found["DestinationConfig"])
    return found


def is_through_queue(kind: str, properties: Mapping[str, Any]) -> bool:
    """Whether an event comes from a topic through a queue: the queue is read, and its mapping has a name of its own."""
    return kind == "SNS" and bool(properties.get("SqsSubscription"))


def _of_subscription(subscription: Any) -> dict[str, Any]:
    """Return the mapping of a queue that is subscribed to a topic; one that SAM generates has no ARN yet."""
    given = subscription if isinstance(subscription, dict) else {}
    arn = {"EventSourceArn": given["QueueArn"]} if "QueueArn" in given else {}
    return {**arn, "BatchSize": given.get("BatchSize") or 10, "Enabled": True}


def plain_mapping(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters for the properties of AWS::Lambda::EventSourceMapping, most of which have the API's names."""
    found = {name: value for name, value in properties.items() if name not in ("KmsKeyArn", "Tags")}
    if "KmsKeyArn" in properties:
        found["KMSKeyArn"] = properties["KmsKeyArn"]
    servers = found.get("SelfManagedEventSource")
    if isinstance(servers, dict) and isinstance(servers.get("Endpoints"), dict):
        endpoints = {_ENDPOINTS.get(name, name): value for name, value in servers["Endpoints"].items()}
        found["SelfManagedEventSource"] = {"Endpoints": endpoints}
    return found


_ENDPOINTS = {"KafkaBootstrapServers": "KAFKA_BOOTSTRAP_SERVERS"}
"""CloudFormation's name of the key, and the API's."""


def _without_types(destinations: Any) -> Any:
    """Leave out SAM's Type, which only decides about the role's policies."""
    if not isinstance(destinations, dict):
        return destinations
    return {side: {name: value for name, value in given.items() if name != "Type"} if isinstance(given, dict) else given
            for side, given in destinations.items()}
