"""What Lambda checks of an event source mapping beyond the constraints of its model, in its order.

Whether a queue or stream exists is checked after all of these, by asking its service. As long as no other service can be asked,
none is refused as missing: clients create the queue elsewhere and its mapping here, and that must work.

Sources: recorded answers of the service; Lambda guide, "Event source mappings"; reports of people who met these errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.registry.checks import invalid
from workbench.engine.registry.event_sources.filters import check_filters
from workbench.engine.registry.event_sources.kinds import (
    DYNAMODB,
    KINESIS,
    SELF_MANAGED_KAFKA,
    SOME,
    SQS,
    STREAMS,
    SourceKind,
    is_first_in_first_out,
)
from workbench.model.failures import ServiceError

_MOST_WITHOUT_WINDOW = 10
"""Messages of a batch of SQS that Lambda does not wait for. Source: Lambda guide, "Configuring SQS event source mappings"."""
_RECORD_AGE_MIN_S = 60
"""Source: API reference, CreateEventSourceMapping, MaximumRecordAgeInSeconds."""


def check_new(kind: SourceKind, given: Mapping[str, Any]) -> None:
    """Refuse the parameters of a new mapping. Raises ServiceError."""
    check_given(kind, given)
    if kind is SELF_MANAGED_KAFKA and "SourceAccessConfigurations" not in given:
        raise invalid("Required 'sourceAccessConfigurations' parameter is missing.")
    _check_position(kind, given)


def check_given(kind: SourceKind, given: Mapping[str, Any]) -> None:
    """Refuse parameters that this kind of source does not have, and filters that are none. Raises ServiceError."""
    if given.get("DestinationConfig", {}).get("OnSuccess"):
        raise _unsupported("DestinationConfig")
    for name in SOME:
        if name in given and given[name] not in ({}, []) and name not in kind.parameters:
            raise _no_position() if kind is SQS and name.startswith("StartingPosition") else _unsupported(name)
    if 0 <= given.get("MaximumRecordAgeInSeconds", -1) < _RECORD_AGE_MIN_S:
        raise invalid("MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)")
    check_filters(given.get("FilterCriteria", {}))


def check_batches(kind: SourceKind, settings: Mapping[str, Any]) -> None:
    """Refuse batches that no poller of SQS fills. Raises ServiceError."""
    if kind is not SQS:
        return
    window_s = settings.get("MaximumBatchingWindowInSeconds", 0)
    if window_s and is_first_in_first_out(settings):
        raise invalid("Batching window is not supported for FIFO queues")
    if settings["BatchSize"] > _MOST_WITHOUT_WINDOW and not window_s:
        raise invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")


def _check_position(kind: SourceKind, given: Mapping[str, Any]) -> None:
    position, timestamp = given.get("StartingPosition"), given.get("StartingPositionTimestamp")
    if kind in STREAMS and position is None:
        raise invalid("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
                      "Member must not be null.")
    if kind is DYNAMODB and position == "AT_TIMESTAMP":
        raise invalid(f"Unsupported starting position for arn type: {given['EventSourceArn']}")
    if timestamp is not None and position != "AT_TIMESTAMP":
        raise invalid("Timestamp only valid with StartingPosition AT_TIMESTAMP")
    if kind is KINESIS and timestamp is not None and timestamp < 0:
        raise invalid("Received Exception while reading from provided stream. "
                      "class java.lang.Long can not be converted to a Timestamp")


def _no_position() -> ServiceError:
    return invalid("StartingPosition is not valid for SQS event sources.")


def _unsupported(name: str) -> ServiceError:
    return invalid(f"Unsupported {name} parameter for given event source mapping type.")
