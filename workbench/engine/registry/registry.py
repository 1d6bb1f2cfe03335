"""Everything that the API made or changed, in memory and on disk: what is acknowledged is on disk first."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from typing import Protocol, TypeVar, cast

from workbench.background import begin_awaited
from workbench.engine.registry.declared.overlay import Difference, Key, Overlay, base_of, differences, note_key, noted_key
from workbench.engine.registry.override_records import DECIDING, Changed, ChangedPart, ChangedRecord
from workbench.engine.registry.records import FunctionPart, QualifierPart, Record
from workbench.model.failures import ServiceError, WorkspaceError
from workbench.model.lambda_names import Scope
from workbench.model.quotas import ACCOUNT_CONCURRENCY

R = TypeVar("R", bound=Record)


class Change:
    """A change of several records, which happens as a whole or not at all."""

    def __init__(self) -> None:
        self.kept: dict[tuple[type[Record], tuple[str, ...]], Record] = {}
        self.removed: dict[tuple[type[Record], tuple[str, ...]], Record] = {}
        self.dropped: dict[tuple[type[Record], tuple[str, ...]], Record] = {}

    def keep(self, record: R) -> R:
        """Add a record or replace the one with its key, and return it."""
        self.kept[type(record), record.key] = record
        self.removed.pop((type(record), record.key), None)
        self.dropped.pop((type(record), record.key), None)
        return record

    def remove(self, *records: Record) -> None:
        """Remove records. One that the template declares is not there any more until its removal is dropped."""
        for record in records:
            self.removed[type(record), record.key] = record
            self.kept.pop((type(record), record.key), None)

    def drop(self, *records: Record) -> None:
        """Remove what the API made of records: those that the template declares are there again as it has them."""
        for record in records:
            self.dropped[type(record), record.key] = record
            self.kept.pop((type(record), record.key), None)


class RecordStore(Protocol):
    """Where records are kept."""

    async def load(self) -> list[Record]:
        """Return all records. Raises WorkspaceError if the machine keeps them from being read."""

    async def commit(self, kept: Iterable[Record], removed: Iterable[Record]) -> None:
        """Write and remove records as a whole. Raises WorkspaceError, and then nothing has changed."""

    async def close(self) -> None:
        """End."""


class Registry:
    """The records of one workspace: what the API made, over what the template declares. Use it on the engine's loop."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._stored: dict[type[Record], dict[tuple[str, ...], Record]] = {}
        self._overlay = Overlay()
        self._records: dict[type[Record], dict[tuple[str, ...], Record]] = {}
        self.account_concurrency = ACCOUNT_CONCURRENCY
        """The concurrency of each account in each Region, which what is reserved and provisioned has to fit into."""
        self.changes = 0
        """How often a record was made, changed or removed, for those who keep what they have added up."""
        self.decisions = 0
        """How often there were changes of records that decide what a declaration of the template becomes."""
        self._changing = asyncio.Lock()
        self.why_read_only = ""
        """Why nothing may be changed, as a sentence; "" if it may."""
        self.problem = ""
        """Why what is on disk could not be read, "" if it was."""
        self.after_change: Callable[[Collection[Key]], None] = _nothing
        """Called with the keys of what is different when a change is in force."""

    async def load(self) -> None:
        """Read what is on disk. If the machine does not allow that, `problem` says so, and nothing may be changed."""
        self.changes += 1
        try:
            for record in await self._store.load():
                self._stored.setdefault(type(record), {})[record.key] = record
                self._records.setdefault(type(record), {})[record.key] = record
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
        if not (change.kept or change.removed or change.dropped):
            return
        kept, removed = self._written(change)
        await self._store.commit(kept.values(), removed.values())
        for kind, key in removed:
            self._stored.get(kind, {}).pop(key, None)
        for record in kept.values():
            self._stored.setdefault(type(record), {})[record.key] = record
        keys = {*kept, *removed, *change.kept, *change.removed, *change.dropped}
        self._refresh(keys)
        self.after_change(keys)

    def _written(self, change: Change) -> tuple[dict[Key, Record], dict[Key, Record]]:
        """Return what is written and removed: with notes about what the API changed of declared records."""
        kept, removed = dict(change.kept), {**change.removed, **change.dropped}
        for key in (*change.kept, *change.removed):
            record, noted = change.kept.get(key), self._note(key)
            note = self._overlay.note(key, record, self._record(key), noted)
            if note is not None:
                kept[type(note), note.key] = note
            elif noted is not None:
                removed[type(noted), noted.key] = noted
            if note is None and record is not None and self._overlay.declared(key) is not None:
                removed[key] = kept.pop(key)  # it is as the template has it
        for key in change.dropped:
            noted = self._note(key)
            if noted is not None:
                removed[type(noted), noted.key] = noted
        return kept, removed

    def _record(self, key: Key) -> Record | None:
        return self._records.get(key[0], {}).get(key[1])

    def _note(self, key: Key) -> Changed | None:
        kind, names = note_key(key)
        return cast("Changed | None", self._stored.get(kind, {}).get(names))

    def _refresh(self, keys: Iterable[Key]) -> None:
        """Bring what everyone sees up to date, for these records and those that they are notes about."""
        for key in keys:
            kind, names = key
            self.decisions += issubclass(kind, DECIDING)
            if kind in (ChangedPart, ChangedRecord):
                self._refresh_one(noted_key(names))
            self._refresh_one(key)

    def _refresh_one(self, key: Key) -> None:
        kind, names = key
        self.changes += 1
        record = self._overlay.effective(key, self._stored.get(kind, {}).get(names), self._note(key))
        if record is None:
            self._records.get(kind, {}).pop(names, None)
        else:
            self._records.setdefault(kind, {})[names] = record

    async def declare(self, records: Iterable[Record]) -> None:
        """Replace what the template declares, while no change is in progress."""
        async with self._changing:
            keys = self._overlay.declare(records)
            before = {key: self._record(key) for key in keys}
            self._refresh(keys)
        self.after_change([key for key in keys if self._record(key) != before[key]])

    def changes_of_declared(self) -> Iterator[Difference]:
        """Yield each property of a declared record that the API changed, and each such record that it deleted."""
        notes = [*self.all(ChangedPart), *self.all(ChangedRecord)]
        stored = [key for key in self._overlay.declared_keys() if key[1] in self._stored.get(key[0], {})]
        keys = [*(noted_key(each.key) for each in notes), *stored]
        for key in dict.fromkeys(keys):
            declared, noted = self._overlay.declared(key), self._note(key)
            base = base_of(noted, key[0]) if noted is not None else declared
            if base is not None:
                yield from differences(declared, base, self._record(key))

    def has_any(self, kind: type[Record]) -> bool:
        """Whether there is a record of this kind."""
        return bool(self._records.get(kind))

    def get(self, kind: type[R], scope: Scope, *names: str) -> R | None:
        """Return the record of this kind with these names, or None."""
        return cast("R | None", self._record((kind, (scope.region, scope.account, *names))))

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
        """Return all records of all kinds that the API made."""
        return [record for records in self._stored.values() for record in records.values()]

    def parts_of(self, scope: Scope, function_name: str, qualifier: str = "") -> list[FunctionPart]:
        """Return everything that belongs to a function; with `qualifier`, what belongs to that version or alias."""
        kinds = [kind for kind in self._records if issubclass(kind, FunctionPart)]
        found = [part for kind in kinds for part in self.all(kind, scope, function_name)]
        if not qualifier:
            return found
        return [part for part in found if isinstance(part, QualifierPart) and part.qualifier == qualifier]


def _nothing(_keys: Collection[Key]) -> None:
    """What happens after a change before anybody listens."""


def new_revision() -> str:
    """Return a new RevisionId."""
    return str(uuid.uuid4())
