"""Everything that the API made or changed, in memory and on disk: what is acknowledged is on disk first."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar, cast

from workbench.background import begin_awaited
from workbench.engine.registry.records import FunctionPart, QualifierPart, Record
from workbench.engine.registry.store import RegistryStore
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.lambda_names import Scope

R = TypeVar("R", bound=Record)


class Change:
    """A change of several records, which happens as a whole or not at all."""

    def __init__(self) -> None:
        self.kept: dict[tuple[type[Record], tuple[str, ...]], Record] = {}
        self.removed: dict[tuple[type[Record], tuple[str, ...]], Record] = {}

    def keep(self, record: R) -> R:
        """Add a record or replace the one with its key, and return it."""
        self.kept[type(record), record.key] = record
        self.removed.pop((type(record), record.key), None)
        return record

    def remove(self, *records: Record) -> None:
        """Remove records."""
        for record in records:
            self.removed[type(record), record.key] = record
            self.kept.pop((type(record), record.key), None)


class Registry:
    """The records of one workspace. Use it on the engine's loop."""

    def __init__(self, store: RegistryStore) -> None:
        self._store = store
        self._records: dict[type[Record], dict[tuple[str, ...], Record]] = {}
        self._changing = asyncio.Lock()
        self.why_read_only = ""
        """Why nothing may be changed, as a sentence; "" if it may."""
        self.problem = ""
        """Why what is on disk could not be read, "" if it was."""
        self.after_change: Callable[[], None] = _nothing
        """Called when a change is in force."""

    async def load(self) -> None:
        """Read what is on disk. If the machine does not allow that, `problem` says so, and nothing may be changed."""
        try:
            for record in await self._store.load():
                self._apply_kept(record)
        except WorkspaceError as error:
            self.problem = self.why_read_only = str(error)

    async def close(self) -> None:
        """Close the file, after the change in progress."""
        async with self._changing:
            await self._store.close()

    @contextlib.asynccontextmanager
    async def changing(self) -> AsyncIterator[Change]:
        """Collect a change in this block, which sees no other change begin; it is on disk and in force when the block has ended.

        An exception in the block leaves everything as it was. Raises ServiceError if nothing may be changed, WorkspaceError if it
        cannot be written.
        """
        self.check_changeable()
        async with self._changing:
            change = Change()
            yield change
            commit = begin_awaited("Writing a change", self._commit(change))
            try:
                await asyncio.shield(commit)
            finally:
                # A caller that hangs up now must not leave memory and disk with different contents, and the next change waits.
                await asyncio.wait([commit])

    def check_changeable(self) -> None:
        """Raise ServiceError if nothing may be changed."""
        if self.why_read_only:
            raise ServiceError("AccessDeniedException", 403, self.why_read_only)

    @contextlib.asynccontextmanager
    async def unchanging(self) -> AsyncIterator[None]:
        """Hold changes back during this block, which reads what has to fit together."""
        async with self._changing:
            yield

    async def _commit(self, change: Change) -> None:
        if not (change.kept or change.removed):
            return
        await self._store.commit(change.kept.values(), change.removed.values())
        for kind, key in change.removed:
            self._records.get(kind, {}).pop(key, None)
        for record in change.kept.values():
            self._apply_kept(record)
        self.after_change()

    def _apply_kept(self, record: Record) -> None:
        self._records.setdefault(type(record), {})[record.key] = record

    def has_any(self, kind: type[Record]) -> bool:
        """Whether there is a record of this kind."""
        return bool(self._records.get(kind))

    def get(self, kind: type[R], scope: Scope, *names: str) -> R | None:
        """Return the record of this kind with these names, or None."""
        return cast("R | None", self._records.get(kind, {}).get((scope.region, scope.account, *names)))

    def all(self, kind: type[R], scope: Scope | None = None, *names: str) -> Iterator[R]:
        """Return the records of a kind in a scope (None for all scopes) whose key begins with these names."""
        start = (scope.region, scope.account, *names) if scope is not None else ()
        for key, record in list(self._records.get(kind, {}).items()):
            if key[: len(start)] == start:
                yield cast("R", record)

    def first_names(self, kind: type[Record], scope: Scope) -> list[str]:
        """Return the first name of each record of a kind in a scope."""
        region, account = scope.region, scope.account
        return [key[2] for key in self._records.get(kind, {}) if key[0] == region and key[1] == account]

    def everything(self) -> list[Record]:
        """Return all records of all kinds."""
        return [record for records in self._records.values() for record in records.values()]

    def parts_of(self, scope: Scope, function_name: str, qualifier: str = "") -> list[FunctionPart]:
        """Return everything that belongs to a function; with `qualifier`, what belongs to that version or alias."""
        kinds = [kind for kind in self._records if issubclass(kind, FunctionPart)]
        found = [part for kind in kinds for part in self.all(kind, scope, function_name)]
        if not qualifier:
            return found
        return [part for part in found if isinstance(part, QualifierPart) and part.qualifier == qualifier]


def _nothing() -> None:
    """What happens after a change before anybody listens."""


def new_revision() -> str:
    """Return a new RevisionId."""
    return str(uuid.uuid4())
