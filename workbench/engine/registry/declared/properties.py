"""A record as its properties, each of which the API may change while the others follow the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from workbench.engine.registry.records import EventSourceMappingRecord, Record

R = TypeVar("R", bound=Record)
_IDENTITY = frozenset({"scope", "function_name", "name", "qualifier", "uuid"})
_UNTOLD = frozenset({"revision_id", "created_ms", "modified_ms", "state", "reason", "result"})
"""What changes by itself."""
_MAPS = frozenset({"tags", "settings"})
"""Members each of whose entries is a property of its own; so is each statement of a policy."""
Properties = dict[tuple[str, ...], Any]
"""Values by member; those of maps by member and key, statements by member and Sid."""


def properties_of(record: Record) -> Properties:
    """Return a record's properties."""
    return dict(_pairs(record))


def with_properties(record: R, properties: Mapping[tuple[str, ...], Any]) -> R:
    """Return the record with these properties in place of its own."""
    members: dict[str, Any] = {name: {} for name in _MAPS if name in record.__struct_fields__}
    if "statements" in record.__struct_fields__:
        members["statements"] = tuple(value for path, value in properties.items() if path[0] == "statements")
    for (name, *key), value in properties.items():
        if name in _MAPS:
            members[name][key[0]] = value
        elif name != "statements":
            members[name] = value
    return msgspec.structs.replace(record, **members)


def settled(record: R) -> R:
    """Return the record with the state that it leads to: what the template says is in force at once."""
    if not isinstance(record, EventSourceMappingRecord):
        return record
    return msgspec.structs.replace(record, state="Enabled" if record.is_enabled else "Disabled")


def is_same(one: Record, other: Record) -> bool:
    """Whether two records differ in nothing but revision and time."""
    return _quiet(one) == _quiet(other)


def _pairs(record: Record) -> Iterator[tuple[tuple[str, ...], Any]]:
    # The function is part of what identifies everything that belongs to it; an event source mapping may get another one.
    silent = _UNTOLD | (_IDENTITY - {"function_name"} if isinstance(record, EventSourceMappingRecord) else _IDENTITY)
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name in silent:
            continue
        if name in _MAPS:
            yield from (((name, key), each) for key, each in value.items())
        elif name == "statements":
            yield from (((name, each["Sid"]), each) for each in value)
        else:
            yield (name,), value


def _quiet(record: Record) -> Record:
    quiet: dict[str, Any] = {"revision_id": "", "created_ms": 0, "modified_ms": 0}
    return msgspec.structs.replace(record, **{name: value for name, value in quiet.items() if name in record.__struct_fields__})
