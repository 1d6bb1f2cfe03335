"""Publish a function's present definition as a version.

Source: Lambda guide, "Lambda function versions"; a description that changes counts: tools change it to have a version published.
"""

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

    Numbers begin at 1 and are never used again. `description` is the version's own, and does not count as a change, unlike the
    function's. `state` is a new version's; one with a snapshot is pending until that is made.
    """
    last = registry.get(VersionRecord, record.scope, record.name, str(record.last_version))
    if last is not None and _is_published(record.definition, last):
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
        modified_ms=now_ms, state="Pending" if has_snapshot(definition.settings) else state,
        latest_description=record.definition.settings["Description"]))


def _is_published(latest: Definition, last: VersionRecord) -> bool:
    version = last.definition
    return (version.code == latest.code and {**version.settings, "Description": ""} == {**latest.settings, "Description": ""}
            and last.latest_description in (None, latest.settings["Description"]))
