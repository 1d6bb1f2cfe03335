"""Publish a function's present definition as a version. Source: Lambda guide, "Lambda function versions"."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.engine.registry.records import Definition, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Change, Registry, new_revision


def published(
    registry: Registry, change: Change, record: FunctionRecord, now_ms: int, *, description: str | None = None,
    state: Literal["Pending", "Active"] = "Active",
) -> VersionRecord:
    """Return the version that has a function's definition, publishing it unless the last version has it already.

    Numbers begin at 1 and are never used again. A version's description does not count as a change. `state` is a new version's.
    """
    last = registry.get(VersionRecord, record.scope, record.name, str(record.last_version))
    if last is not None and _same(last.definition, record.definition):
        return last
    definition = record.definition
    if description is not None:
        definition = Definition(definition.code, {**definition.settings, "Description": description})
    number = record.last_version + 1
    # `$LATEST` moves on as well: a client that holds its revision learns that something was published.
    change.keep(msgspec.structs.replace(record, last_version=number, revision_id=new_revision()))
    return change.keep(VersionRecord(
        scope=record.scope, function_name=record.name, version=str(number), definition=definition, revision_id=new_revision(),
        modified_ms=now_ms, state=state))


def _same(one: Definition, other: Definition) -> bool:
    return one.code == other.code and {**one.settings, "Description": ""} == {**other.settings, "Description": ""}
