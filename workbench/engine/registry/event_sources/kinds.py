"""The kinds of event sources: which parameters of a mapping each has, and their defaults.

Sources: Lambda guide, the page "parameters" of each event source; recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.engine.registry.checks import invalid

_MANAGED, _SELF_MANAGED = "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"
_NO_RECORDS = "No records processed"


class SourceKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event source.

    `parameters`: those of SOME that it has, besides what all kinds have. `defaults`: what a new mapping has if it is given
    nothing. `reason` is its StateTransitionReason, `result` its LastProcessingResult while nothing was processed ("" if it has
    none). `consumer`: the parameter of Kafka that names the consumer group, "" for other kinds.
    """

    name: str
    parameters: frozenset[str]
    defaults: Mapping[str, Any]
    reason: str = "USER_INITIATED"
    result: str = _NO_RECORDS
    consumer: str = ""


SOME = (
    "DestinationConfig", "FilterCriteria", "ScalingConfig", "ParallelizationFactor", "StartingPosition",
    "StartingPositionTimestamp", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts",
    "TumblingWindowInSeconds", "Topics", "Queues", "SourceAccessConfigurations", "SelfManagedEventSource",
    "FunctionResponseTypes", _MANAGED, _SELF_MANAGED, "DocumentDBEventSourceConfig", "ProvisionedPollerConfig",
)
"""The parameters that not every kind has, in the order in which they are checked: DestinationConfig comes first."""

_POSITION = frozenset({"StartingPosition", "StartingPositionTimestamp"})
_DISCARDS = frozenset({"DestinationConfig", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts",
                       "FunctionResponseTypes"})
_STREAM = _POSITION | _DISCARDS | {"FilterCriteria", "ParallelizationFactor", "TumblingWindowInSeconds"}
_KAFKA = _POSITION | _DISCARDS | {"FilterCriteria", "Topics", "SourceAccessConfigurations", "ProvisionedPollerConfig"}
_STREAM_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}}, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1, "TumblingWindowInSeconds": 0,
}
_KAFKA_DEFAULTS: Mapping[str, Any] = {"BatchSize": 100, "StartingPosition": "TRIM_HORIZON"}

SQS = SourceKind(
    name="SQS", parameters=frozenset({"FilterCriteria", "ScalingConfig", "FunctionResponseTypes", "ProvisionedPollerConfig"}),
    defaults={"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}, result="")
KINESIS = SourceKind(name="Kinesis", parameters=_STREAM, defaults=_STREAM_DEFAULTS, reason="User action")
DYNAMODB = SourceKind(name="DynamoDB", parameters=_STREAM, defaults=_STREAM_DEFAULTS, reason="User action")
MANAGED_KAFKA = SourceKind(
    name="MSK", parameters=_KAFKA | {_MANAGED}, defaults=_KAFKA_DEFAULTS, consumer=_MANAGED)
SELF_MANAGED_KAFKA = SourceKind(
    name="Kafka", parameters=_KAFKA | {"SelfManagedEventSource", _SELF_MANAGED}, defaults=_KAFKA_DEFAULTS,
    consumer=_SELF_MANAGED)
MQ = SourceKind(
    name="MQ", parameters=frozenset({"FilterCriteria", "Queues", "SourceAccessConfigurations"}), defaults={"BatchSize": 100})
DOCUMENT_DB = SourceKind(
    name="DocumentDB", parameters=_POSITION | {"SourceAccessConfigurations", "DocumentDBEventSourceConfig"},
    defaults={"BatchSize": 100})

STREAMS = (KINESIS, DYNAMODB)
_BY_SERVICE = {"sqs": SQS, "kinesis": KINESIS, "dynamodb": DYNAMODB, "kafka": MANAGED_KAFKA, "mq": MQ, "rds": DOCUMENT_DB}


def kind_of(parameters: Mapping[str, Any]) -> SourceKind:
    """Return the kind of source that parameters or settings name. Raises ServiceError for none and for an unknown one."""
    if "SelfManagedEventSource" in parameters:
        return SELF_MANAGED_KAFKA
    arn = parameters.get("EventSourceArn", "")
    kind = _BY_SERVICE.get(arn.split(":")[2]) if arn else None
    if kind is None:
        raise invalid("Unrecognized event source.",
                      "Lambda reads queues of SQS, streams of Kinesis and DynamoDB, Kafka, MQ and DocumentDB.")
    return kind


def is_first_in_first_out(settings: Mapping[str, Any]) -> bool:
    """Whether the source is a FIFO queue. Source: SQS guide, "FIFO queue names"."""
    return bool(settings.get("EventSourceArn", "").endswith(".fifo"))
