"""Everything that the API made in a workspace, as a whole: listed, exported to a file, imported from one, removed."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from workbench.engine.registry.archives import Archives
from workbench.engine.registry.event_sources.mappings import EventSourceMappings
from workbench.engine.registry.records import LayerVersionRecord, Record
from workbench.engine.registry.registry import Registry
from workbench.engine.registry.settling import Settling
from workbench.engine.registry.transfer.contents import Owner, codes_of, owner_of, report_of
from workbench.engine.registry.transfer.foreign_records import Checked, admitted
from workbench.engine.registry.transfer.state_archive import StateArchive, damaged, write_archive
from workbench.model.api_state import ApiStateReport
from workbench.model.failures import InvalidInput, ServiceError, WorkspaceError

_MOST_NAMED = 5


class ApiState:
    """All that the API made. Use it on the engine's loop."""

    def __init__(
        self, registry: Registry, archives: Archives, settling: Settling, mappings: EventSourceMappings, folder: Path
    ) -> None:
        """`folder` is the person's own; files on their way are there, without a name."""
        self._registry = registry
        self._archives = archives
        self._settling = settling
        self._mappings = mappings
        self._folder = folder

    def report(self) -> ApiStateReport:
        """Return what there is."""
        return report_of(self._registry.everything())

    @contextlib.contextmanager
    def draft(self) -> Iterator[IO[bytes]]:
        """Give a file for an archive on its way, which is gone when the block ends. Raises WorkspaceError. Blocks."""
        try:
            file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (closed below)
        except OSError as error:
            message = f"No file can be made in {self._folder}: {error.strerror or error}."
            raise WorkspaceError(message, "Check that its disk has space.") from error
        with file:
            yield file

    async def write_to(self, file: IO[bytes]) -> None:
        """Write everything to a file. Raises WorkspaceError."""
        async with self._registry.unchanging():  # no package is collected meanwhile
            await asyncio.to_thread(write_archive, file, self._registry.everything(), self._archives.path_of)

    async def add_from(self, file: IO[bytes], checked: Checked, *, replace: bool) -> ApiStateReport:
        """Add what a file has, all of it or nothing, and return what that is.

        With `replace`, a function, layer or event source mapping of the file takes the place of the one here, with all that
        belongs to it; without, one that is here already is refused. Raises InvalidInput and ServiceError.
        """
        archive = await asyncio.to_thread(StateArchive, file)
        records = await asyncio.to_thread(lambda: [admitted(record, checked) for record in archive.records()])
        try:
            async with self._registry.changing() as change:
                there = self._of(set(map(owner_of, records)))
                if there and not replace:
                    raise _exists_already(there)
                await self._keep_packages(archive, records)
                change.drop(*there)
                for record in records:
                    change.keep(record)
        except (InvalidInput, WorkspaceError):  # packages may be there already
            await self._settling.collect()
            raise
        await self._arrange([*there, *records])
        return report_of(records)

    async def reset(self) -> ApiStateReport:
        """Remove everything, and return what that was. Raises ServiceError."""
        async with self._registry.changing() as change:
            records = self._registry.everything()
            change.drop(*records)
        await self._arrange(records)
        return report_of(records)

    def _of(self, owners: set[Owner]) -> list[Record]:
        return [record for record in self._registry.everything() if owner_of(record) in owners]

    async def _keep_packages(self, archive: StateArchive, records: list[Record]) -> None:
        """Keep the packages of an archive. Each has to be what its name and its records say."""
        codes = {code for record in records for code in codes_of(record) if code.object_name}
        for name in sorted(archive.packages):
            content = await asyncio.to_thread(archive.package, name)
            try:
                kept = await self._archives.keep(content)
            except ServiceError as error:
                raise damaged(f"the package {name} is none: {error.message}") from error
            if any(code != kept for code in codes if code.object_name == name) or kept.object_name != name:
                raise damaged(f"the package {name} is not what its name says")

    async def _arrange(self, records: list[Record]) -> None:
        """Have functions run what is here now, and finish what was under way where the file came from."""
        owners = set(map(owner_of, records))
        for record in records:
            if isinstance(record, LayerVersionRecord):
                self._settling.layer_published(record.arn)
        self._settling.replaced(owner.name for owner in owners if owner.kind == "function")
        await self._settling.settle()
        await self._mappings.settle()
        await self._settling.collect()


def _exists_already(records: list[Record]) -> InvalidInput:
    names = sorted({f"{owner.kind} {owner.name} ({owner.scope.region})" for owner in map(owner_of, records)})
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return InvalidInput(f"There is already: {', '.join(names[:_MOST_NAMED])}{more}. Nothing was imported.",
                        "With --force, what the file has takes the place of what is here.")
