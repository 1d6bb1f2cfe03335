"""What a function of the template loses when it becomes the API's, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from workbench.engine.registry.attached import (
    ConcurrencyRecord,
    EventInvokeRecord,
    FunctionUrlRecord,
    ProvisionedRecord,
    RecursionRecord,
    RuntimeManagementRecord,
    TagsRecord,
)
from workbench.engine.registry.records import AliasRecord, FunctionPart, Record
from workbench.model.function import FunctionConfiguration

_RECORDS: Mapping[str, type[Record]] = {
    "ReservedConcurrentExecutions": ConcurrencyRecord, "EventInvokeConfig": EventInvokeRecord, "Tags": TagsRecord,
    "FunctionUrlConfig": FunctionUrlRecord, "ProvisionedConcurrencyConfig": ProvisionedRecord, "RecursiveLoop": RecursionRecord,
    "RuntimeManagementConfig": RuntimeManagementRecord, "AutoPublishAlias": AliasRecord,
}
"""The properties that are kept if they are among what is configured about a function, and as what."""


def lost(function: FunctionConfiguration, properties: Collection[str], parts: Collection[FunctionPart]) -> tuple[str, ...]:
    """Return a sentence for everything that the template said and the API's function does not have."""
    kinds = {type(each) for each in parts}
    gone = [name for name in properties if _RECORDS.get(name) not in kinds]
    return (*_of_properties(gone), *_of_values(function))


def _of_properties(gone: Collection[str]) -> Iterator[str]:
    if gone:
        yield (f"{', '.join(gone)} of the template {'is' if len(gone) == 1 else 'are'} not part of the API's function; "
               "the trash has the whole entry.")


def _of_values(function: FunctionConfiguration) -> Iterator[str]:
    for each in function.unknown:
        yield f"{each.place} is known only after a deployment: the API's function does not have it."
    for system in function.file_systems:
        if system.local_folder:
            yield f"{system.mount_path} no longer stands for the folder {system.local_folder}."
