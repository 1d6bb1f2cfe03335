"""What is configured about a function, in the template's terms as far as it has any, and what stays with the API.

Source: SAM guide, "AWS::Serverless::Function".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

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
from workbench.engine.registry.records import (
    AliasRecord,
    EventSourceMappingRecord,
    FunctionPart,
    QualifierPart,
    Record,
    VersionRecord,
)
from workbench.engine.registry.saving.settings_in_template import destination
from workbench.model.function_version import LATEST

_WORDS: dict[type[Record], tuple[str, str, str]] = {
    VersionRecord: ("published version", "published versions", "a version is a package that is finished, not a template's"),
    AliasRecord: ("alias", "aliases", "an alias points to a published version"),
    PolicyRecord: ("policy", "policies", "CloudFormation would name its statements anew"),
    ProvisionedRecord: ("provisioned concurrency", "provisioned concurrencies", "it belongs to a version or an alias"),
    EventSourceMappingRecord: ("event source mapping", "event source mappings", "it has an identity of its own"),
}
"""What stays, for people, and why."""
_QUALIFIED = ("configuration of a version or an alias", "configurations of versions or aliases",
              "it belongs to a version or an alias")


class PartsInTemplate(msgspec.Struct, frozen=True):
    """Properties of an AWS::Serverless::Function, and sentences on what stays with the API."""

    properties: dict[str, Any]
    kept: list[str]


def parts_in_template(parts: Iterable[FunctionPart], mappings: Iterable[EventSourceMappingRecord]) -> PartsInTemplate:
    """Read everything that belongs to a function, and its event source mappings."""
    properties: dict[str, Any] = {}
    left: list[Record] = list(mappings)
    for part in parts:
        found = _properties(part)
        if found is None:
            left.append(part)
        else:
            properties |= found
    return PartsInTemplate(dict(sorted(properties.items())), _kept(left))


def _properties(part: FunctionPart) -> dict[str, Any] | None:
    """Return the properties that say the same; None if there are none, {} if there is nothing to say."""
    if isinstance(part, QualifierPart) and part.qualifier != LATEST:
        return None
    match part:
        case TagsRecord():
            own = {key: value for key, value in part.tags.items() if not key.startswith("aws:")}  # nobody may give the others
            return {"Tags": own} if own else {}
        case ConcurrencyRecord():
            return {"ReservedConcurrentExecutions": part.reserved}
        case RecursionRecord():
            return {"RecursiveLoop": part.recursive_loop}
        case RuntimeManagementRecord():
            arn = {"RuntimeVersionArn": part.runtime_version_arn} if part.runtime_version_arn else {}
            return {"RuntimeManagementConfig": {"UpdateRuntimeOn": part.update_runtime_on, **arn}}
        case FunctionUrlRecord():
            cors = {"Cors": dict(part.cors)} if part.cors else {}
            mode = {"InvokeMode": part.invoke_mode} if part.invoke_mode else {}
            return {"FunctionUrlConfig": {"AuthType": part.auth_type, **cors, **mode}}
        case EventInvokeRecord():
            return _event_invoke(part)
    return None if type(part) in _WORDS else {}


def _event_invoke(part: EventInvokeRecord) -> dict[str, Any] | None:
    sides = {"OnSuccess": part.on_success, "OnFailure": part.on_failure}
    destinations = {side: destination(arn) for side, arn in sides.items() if arn}
    if None in destinations.values():
        return None
    given: dict[str, Any] = {"MaximumEventAgeInSeconds": part.age_s, "MaximumRetryAttempts": part.retries}
    config = {name: value for name, value in given.items() if value is not None}
    return {"EventInvokeConfig": {**config, "DestinationConfig": destinations} if destinations else config}


def _kept(left: Iterable[Record]) -> list[str]:
    """Return a sentence for each kind of what stays."""
    counts = Counter(_WORDS.get(type(each), _QUALIFIED) for each in left)
    return [f"{count} {one if count == 1 else many} {'stays' if count == 1 else 'stay'} with the API: {why}."
            for (one, many, why), count in counts.items()]
