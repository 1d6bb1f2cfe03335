"""What a set of records amounts to: whose they are, which packages they need, and what people are told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from workbench.engine.registry.attached import (
    ConcurrencyRecord,
    EventInvokeRecord,
    FunctionUrlRecord,
    PolicyRecord,
    ProvisionedRecord,
    RecursionRecord,
    RuntimeManagementRecord,
    TagsRecord,
)
from workbench.engine.registry.override_records import (
    ChangedPart,
    ChangedRecord,
    DeclaredLayerRecord,
    DeclaredVersionRecord,
    HiddenRecord,
    OverrideRecord,
)
from workbench.engine.registry.records import (
    AliasRecord,
    Code,
    EventSourceMappingRecord,
    FunctionPart,
    FunctionRecord,
    LayerRecord,
    LayerVersionRecord,
    NumberingRecord,
    Record,
    VersionRecord,
)
from workbench.model.api_state import ApiResource, ApiStateReport, ResourceKind
from workbench.model.lambda_names import Scope

_WORDS: dict[type[Record], str] = {
    VersionRecord: "version", LayerVersionRecord: "version", AliasRecord: "alias", TagsRecord: "set of tags",
    ConcurrencyRecord: "reserved concurrency", ProvisionedRecord: "provisioned concurrency", PolicyRecord: "policy",
    EventInvokeRecord: "event-invoke configuration", RecursionRecord: "recursion configuration",
    RuntimeManagementRecord: "runtime management configuration", OverrideRecord: "set of overrides", HiddenRecord: "deletion",
    FunctionUrlRecord: "function URL", ChangedRecord: "change of what the template declares",
    ChangedPart: "change of what the template declares"}
"""What people call a part. Numberings, and the numbers that declarations got, are nothing that a person made."""
_NUMBERING = (LayerRecord, NumberingRecord, DeclaredVersionRecord, DeclaredLayerRecord)
"""They outlive what was deleted, so that its numbers are not used again; where nothing else is left, there is nothing to tell."""
_NO_PARTS = (FunctionRecord, EventSourceMappingRecord, *_NUMBERING)


class Owner(msgspec.Struct, frozen=True):
    """The function, layer or event source mapping that a record belongs to, or is."""

    kind: ResourceKind
    scope: Scope
    name: str


def owner_of(record: Record) -> Owner:
    """Return whose record it is; a function of the template counts as a function."""
    match record:
        case FunctionRecord() | FunctionPart() | HiddenRecord():
            return Owner("function", record.scope, record.names[0])
        case LayerRecord() | LayerVersionRecord() | DeclaredLayerRecord():
            return Owner("layer", record.scope, record.names[0])
    return Owner("event source mapping", record.scope, record.names[0])


def codes_of(record: Record) -> Iterator[Code]:
    """Yield the packages and images that a record names."""
    match record:
        case FunctionRecord():
            yield record.definition.code
            if record.previous is not None:
                yield record.previous.code
        case VersionRecord():
            yield record.definition.code
        case LayerVersionRecord():
            yield record.code
        case OverrideRecord():
            yield from (each.code.value for each in (record.overrides, record.running) if each.code is not None)


def packages_of(records: Iterable[Record]) -> set[str]:
    """Return the names of all packages in the store of code that records name."""
    found = {code.object_name for record in records for code in codes_of(record)}
    frozen = [each.template for each in records if isinstance(each, VersionRecord) and each.template is not None]
    return (found | {each.layers_object for each in frozen}) - {""}


def report_of(records: list[Record]) -> ApiStateReport:
    """Describe records, sorted by kind, Region and name."""
    parts: dict[Owner, Counter[str]] = {}
    for record in records:
        if isinstance(record, _NUMBERING):
            continue
        counts = parts.setdefault(owner_of(record), Counter())
        if not isinstance(record, _NO_PARTS):
            counts[_WORDS.get(type(record), type(record).__name__)] += 1
    made = {owner_of(record) for record in records if isinstance(record, FunctionRecord)}
    resources = [ApiResource(
        kind="template function" if owner.kind == "function" and owner not in made else owner.kind,
        name=owner.name, region=owner.scope.region, account=owner.scope.account, parts=dict(sorted(counts.items())),
    ) for owner, counts in parts.items()]
    sizes = {code.object_name: code.size_bytes for record in records for code in codes_of(record) if code.object_name}
    return ApiStateReport(
        resources=tuple(sorted(resources, key=lambda each: (each.kind, each.region, each.name))),
        packages=len(packages_of(records)), size_bytes=sum(sizes.values()), has_variables=any(map(_has_variables, records)))


def _has_variables(record: Record) -> bool:
    if isinstance(record, OverrideRecord):
        return any("Environment" in each.settings for each in (record.overrides, record.running))
    if not isinstance(record, FunctionRecord | VersionRecord):
        return False
    definitions = [record.definition]
    if isinstance(record, FunctionRecord) and record.previous is not None:
        definitions.append(record.previous)
    return any(each.settings.get("Environment", {}).get("Variables") for each in definitions)
