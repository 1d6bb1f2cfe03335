"""The versions that wait for their snapshot, and how those end. The snapshots themselves are made by `engine.snapshots`.

A version that nobody invokes for 14 days becomes Inactive and loses its snapshot. The next request is refused, and has the
snapshot made anew. Source: Lambda guide, "Lambda function states", "Activating and managing Lambda SnapStart", "Troubleshooting
SnapStart errors".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from workbench.background import TaskSet
from workbench.engine.registry.functions import Functions
from workbench.engine.registry.records import VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.snap_start import has_snapshot
from workbench.engine.registry.views import FunctionView
from workbench.model.function_version import LATEST, FunctionVersion
from workbench.model.lambda_names import Scope

NOTED_MS = 24 * 3_600_000
"""That a version is invoked is noted once in this time."""
_RESTORING = "Restoring"


class SnapshotStates:
    """The versions that wait for a snapshot, or have had one for long. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions
        self._changing = TaskSet()

    async def close(self) -> None:
        """Bring the changes in progress to an end."""
        await self._changing.finished()

    def pending(self) -> Iterator[FunctionVersion]:
        """Yield the versions whose snapshot can be made now: their function is not being created or updated."""
        for record in self._registry.all(VersionRecord):
            if record.state == "Pending" and has_snapshot(record.definition.settings):
                latest = self._functions.find(record.scope, record.function_name)
                if latest is not None and latest.state != "Pending" and latest.update != "InProgress":
                    yield self._functions.configuration(self._functions.view_of_version(record)).identity

    def awaited(self, scope: Scope, name: str, qualifier: str) -> FunctionVersion | None:
        """Return the version that a request runs if it waits for its snapshot and has a function of the template."""
        view = self._functions.find(scope, name, qualifier) if qualifier not in ("", LATEST) else None
        if view is None or view.state != "Pending" or not has_snapshot(view.settings):
            return None
        record = self._registry.get(VersionRecord, scope, view.name, view.version)
        is_deployed = record is not None and record.template is not None and record.reason_code != _RESTORING
        return self._functions.configuration(view).identity if is_deployed else None

    def wake(self, view: FunctionView) -> None:
        """Have the snapshot of an Inactive version made anew."""
        if not self._registry.why_read_only:
            self._changing.begin("Waking an idle version", self._wake(view))

    async def _wake(self, view: FunctionView) -> None:
        async with self._registry.changing() as change:
            record = self._registry.get(VersionRecord, view.scope, view.name, view.version)
            if record is not None and self._functions.view_of_version(record).state == "Inactive":
                change.keep(msgspec.structs.replace(
                    record, state="Pending", reason="The function is being restored.", reason_code=_RESTORING))

    def is_used(self, version: FunctionVersion, home: Scope) -> None:
        """Note, once a day, that a version is invoked."""
        record = self._record(version, home)
        is_due = record is not None and self._functions.now_ms() - max(record.used_ms, record.modified_ms) > NOTED_MS
        if is_due and not (self._registry.why_read_only or len(self._changing)):
            self._changing.begin("Noting that a version is used", self._note_use(version, home))

    async def _note_use(self, version: FunctionVersion, home: Scope) -> None:
        async with self._registry.changing() as change:
            record = self._record(version, home)
            if record is not None:
                change.keep(msgspec.structs.replace(record, used_ms=self._functions.now_ms()))

    def is_kept(self, version: FunctionVersion, home: Scope) -> bool:
        """Whether a snapshot is to be kept for a version: it is there, and not Inactive."""
        record = self._record(version, home)
        return record is not None and self._functions.view_of_version(record).state != "Inactive"

    async def succeeded(self, version: FunctionVersion, home: Scope) -> None:
        """Make a version active, if it is still there."""
        used_ms = self._functions.now_ms()
        await self._settle(version, home, {"state": "Active", "reason": "", "reason_code": "", "used_ms": used_ms})

    async def failed(self, version: FunctionVersion, home: Scope, code: str, reason: str) -> None:
        """Note that the snapshot of a version could not be made, if the version is still there."""
        await self._settle(version, home, {"state": "Failed", "reason": reason, "reason_code": code})

    def _record(self, version: FunctionVersion, home: Scope) -> VersionRecord | None:
        scope = Scope(version.region, version.account) if version.region else home
        return self._registry.get(VersionRecord, scope, version.name, version.version)

    async def _settle(self, version: FunctionVersion, home: Scope, changes: dict[str, str | int]) -> None:
        async with self._registry.changing() as change:
            record = self._record(version, home)
            if record is not None and record.state == "Pending":
                change.keep(msgspec.structs.replace(record, **changes))
