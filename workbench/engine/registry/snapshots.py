"""The versions that wait for their snapshot, and how those end. The snapshots themselves are made by `engine.snapshots`.

Source: Lambda guide, "Lambda function states", "Activating and managing Lambda SnapStart".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from workbench.engine.registry.functions import Functions
from workbench.engine.registry.records import VersionRecord
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.snap_start import has_snapshot
from workbench.model.function_version import LATEST, FunctionVersion
from workbench.model.lambda_names import Scope


class SnapshotStates:
    """The versions that wait for a snapshot. Use it on the engine's loop."""

    def __init__(self, registry: Registry, functions: Functions) -> None:
        self._registry = registry
        self._functions = functions

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
        return self._functions.configuration(view).identity if record is not None and record.template is not None else None

    async def succeeded(self, version: FunctionVersion, home: Scope) -> None:
        """Make a version active, if it is still there."""
        await self._settle(version, home, {"state": "Active"})

    async def failed(self, version: FunctionVersion, home: Scope, code: str, reason: str) -> None:
        """Note that the snapshot of a version could not be made, if the version is still there."""
        await self._settle(version, home, {"state": "Failed", "reason": reason, "reason_code": code})

    async def _settle(self, version: FunctionVersion, home: Scope, changes: dict[str, str]) -> None:
        scope = Scope(version.region, version.account) if version.region else home
        async with self._registry.changing() as change:
            record = self._registry.get(VersionRecord, scope, version.name, version.version)
            if record is not None and record.state == "Pending":
                change.keep(msgspec.structs.replace(record, **changes))
