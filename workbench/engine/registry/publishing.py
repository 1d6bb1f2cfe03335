"""Publish a function's present definition as a version. Source: Lambda guide, "Lambda function versions"."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.engine.registry.records import Definition, FunctionRecord, VersionRecord
from workbench.engine.registry.registry import Change, Registry, new_revision
from workbench.engine.registry.snap_start import check_snap_start, has_snapshot


def published(
    registry: Registry, change: Change, record: FunctionRecord, now_ms: int, *, description: str | None = None,
    state: Literal["Pending", "Active"] = "Active",
) -> VersionRecord:
    """Return the version that has a function's definition, publishing it unless the last version has it already.

    Numbers begin at 1 and are never used again. A version's description does not count as a change. `state` is a new version's;
    one with a snapshot is pending until that is made.
    """
    last = registry.get(VersionRecord, record.scope, record.name, str(record.last_version))
    if last is not None and _same(last.definition, record.definition):
        return last
    definition = record.definition
    if description is not None:
        definition = Definition(definition.code, {**definition.settings, "Description": description})
    check_snap_start(definition.settings)
    number = record.last_version + 1
    # `$LATEST` moves on as well: a client that holds its revision learns that something was published.
    change.keep(msgspec.structs.replace(record, last_version=number, revision_id=new_revision()))
    return change.keep(VersionRecord(
        scope=record.scope, function_name=record.name, version=str(number), definition=definition, revision_id=new_revision(),
        modified_ms=now_ms, state="Pending" if has_snapshot(definition.settings) else state))


def _same(one: Definition, other: Definition) -> bool:
    return one.code == other.code and {**one.settings, "Description": ""} == {**other.settings, "Description": ""}
