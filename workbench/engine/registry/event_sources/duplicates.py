"""One mapping for a source and a function: another one is refused, in words that differ from kind to kind (quotes included).

Source: recorded answers of the service.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.engine.registry.event_sources.kinds import SQS, SourceKind
from workbench.engine.registry.records import EventSourceMappingRecord
from workbench.model.failures import ServiceError


def check_is_new(kind: SourceKind, new: EventSourceMappingRecord, others: Iterable[EventSourceMappingRecord]) -> None:
    """Refuse a mapping if there is one of the same function and source, for Kafka of the same topic. Raises ServiceError 409."""
    for other in others:
        is_same = other.function_arn == new.function_arn and set(_sources(other)) & set(_sources(new))
        if is_same and (not kind.consumer or set(_topics(other)) & set(_topics(new))):
            cure = f"already exists. Please update or delete the existing mapping with UUID {other.uuid}"
            raise ServiceError("ResourceConflictException", 409, f"{_description(kind, new)} {cure}")


def _description(kind: SourceKind, new: EventSourceMappingRecord) -> str:
    source = ",".join(_sources(new))
    if kind is SQS:
        return f'An event source mapping with SQS arn (" {source} ") and function (" {new.function_name} ")'
    if kind.consumer:
        topics = ",".join(_topics(new))
        return f'An event source mapping with event source ("{source}"), function ("{new.function_arn}"), topics ("{topics}")'
    return f'The event source arn (" {source} ") and function (" {new.function_name} ") provided mapping'


def _sources(record: EventSourceMappingRecord) -> tuple[str, ...]:
    arn = record.settings.get("EventSourceArn")
    servers = record.settings.get("SelfManagedEventSource", {}).get("Endpoints", {}).get("KAFKA_BOOTSTRAP_SERVERS", ())
    return (arn,) if arn else tuple(servers)


def _topics(record: EventSourceMappingRecord) -> tuple[str, ...]:
    return tuple(record.settings.get("Topics", ()))
