"""What the template declares, below what the API made: a declared record is there until the API changes or deletes it.

A change is kept beside the record with what the template had declared then (its base). A property that the API did not change
follows the template; one that it changed stays, and is in conflict once the template's value is another one than the base.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from workbench.engine.registry.attached import ATTACHED, PolicyRecord, TagsRecord
from workbench.engine.registry.declared.properties import Properties, is_same, properties_of, settled, with_properties
from workbench.engine.registry.override_records import Changed, ChangedPart, ChangedRecord
from workbench.engine.registry.records import KINDS, EventSourceMappingRecord, FunctionPart, Record

Key = tuple[type[Record], tuple[str, ...]]
_ABSENT = object()
_KINDS: Mapping[str, type[Record]] = {kind.__name__: kind for kind in (*KINDS, *ATTACHED)}


class Difference(msgspec.Struct, frozen=True):
    """A property that the API changed. `template_value` and `value` are None where it is not set; so are both of a record."""

    record: Record
    path: tuple[str, ...]
    template_value: Any
    value: Any
    in_conflict: bool


class Overlay:
    """The declared records, and what becomes of them under the API's changes."""

    def __init__(self) -> None:
        self._declared: dict[Key, Record] = {}

    def declare(self, records: Iterable[Record]) -> set[Key]:
        """Replace what is declared, and return the keys of everything that was or is."""
        before, self._declared = self._declared, {(type(each), each.key): each for each in records}
        return before.keys() | self._declared.keys()

    def declared_keys(self) -> list[Key]:
        """Return the keys of all declared records."""
        return list(self._declared)

    def declared(self, key: Key) -> Record | None:
        """Return a declared record as the template has it."""
        return self._declared.get(key)

    def effective(self, key: Key, stored: Record | None, changed: Changed | None) -> Record | None:
        """Return what is there: the declared record with what the API changed of it, or what the API made."""
        declared = self._declared.get(key)
        if declared is None:
            return stored
        if changed is None:
            return stored or declared
        base = base_of(changed, key[0])
        if stored is None:
            return _without_base(declared, base)
        return _merged(declared, base, stored)

    def note(self, key: Key, record: Record | None, before: Record | None, changed: Changed | None) -> Changed | None:
        """Return the note to keep when the API puts a record in the place of `before`, or deletes it; None if there is none.

        There is none for what is not declared, and for a record that is the same as the declared one.
        """
        declared = self._declared.get(key)
        if declared is None:
            return changed if record is not None else None
        if record is not None and is_same(record, declared):
            return None
        base = declared
        if record is not None and before is not None and changed is not None:
            base = with_properties(declared, _rebased(
                properties_of(declared), properties_of(base_of(changed, key[0])), properties_of(before), properties_of(record)))
        return _changed(declared, base)


def note_key(key: Key) -> Key:
    """Return the key of the note about a record."""
    kind, (region, account, first, *others) = key
    note = ChangedPart if issubclass(kind, FunctionPart) else ChangedRecord
    return note, (region, account, first, kind.__name__, *others)


def noted_key(note_names: tuple[str, ...]) -> Key:
    """Return the key of the record that a note is about, from the note's."""
    region, account, first, name, *others = note_names
    return _KINDS[name], (region, account, first, *others)


def base_of(changed: Changed, kind: type[Record]) -> Record:
    """Return what the template declared when the API changed it."""
    return msgspec.convert(changed.base, kind)


def differences(declared: Record | None, base: Record, effective: Record | None) -> Iterator[Difference]:
    """Yield what the API changed of a declared record; None: the template does not declare it any more, or it is deleted."""
    if effective is None:
        if declared is not None:
            yield Difference(base, (), None, None, not is_same(declared, base))
        return
    now, then, value = (properties_of(each) if each is not None else {} for each in (declared, base, effective))
    for path in dict.fromkeys((*now, *value)):
        written, in_force = now.get(path), value.get(path)
        if written != in_force:
            yield Difference(effective, path, written, in_force, written != then.get(path))


def _changed(declared: Record, base: Record) -> Changed:
    document: Mapping[str, Any] = msgspec.to_builtins(base)
    kind = type(declared).__name__
    if isinstance(declared, FunctionPart):
        return ChangedPart(scope=declared.scope, function_name=declared.function_name, kind=kind, identity=declared.names,
                           base=document)
    return ChangedRecord(scope=declared.scope, kind=kind, identity=declared.names, base=document)


def _merged(declared: Record, base: Record, stored: Record) -> Record:
    """Return the record with each property from the API if it changed that, else from the template."""
    now, then, own = properties_of(declared), properties_of(base), properties_of(stored)
    paths = dict.fromkeys((*now, *own))
    chosen = {path: now.get(path, _ABSENT) if own.get(path, _ABSENT) == then.get(path, _ABSENT) else own.get(path, _ABSENT)
              for path in paths}
    merged = with_properties(stored, {path: value for path, value in chosen.items() if value is not _ABSENT})
    if is_same(merged, stored):
        return stored
    return _moved(merged, stored)


def _moved(merged: Record, stored: Record) -> Record:
    """Give a record that the template moved on another revision, and a mapping the state that it leads to."""
    if isinstance(merged, EventSourceMappingRecord) and isinstance(stored, EventSourceMappingRecord):
        return merged if merged.is_enabled == stored.is_enabled else settled(merged)
    return with_revision(merged)


def with_revision(record: Record) -> Record:
    """Return the record with a revision that is the same as long as nothing else of it changes."""
    if "revision_id" not in record.__struct_fields__:
        return record
    quiet: dict[str, Any] = {"revision_id": "", "modified_ms": 0}
    bare = msgspec.structs.replace(record, **{name: value for name, value in quiet.items() if name in record.__struct_fields__})
    revision = uuid.uuid5(uuid.NAMESPACE_OID, msgspec.json.encode(bare).decode())
    return msgspec.structs.replace(record, revision_id=str(revision))


def _rebased(now: Properties, then: Properties, before: Properties, after: Properties) -> Properties:
    """Return the base after a change: properties that this change left as the API had them keep the base of then."""
    found = {path: _base(path, now, then, before, after) for path in dict.fromkeys((*now, *then, *after))}
    return {path: value for path, value in found.items() if value is not _ABSENT}


def _base(path: tuple[str, ...], now: Properties, then: Properties, before: Properties, after: Properties) -> Any:
    written, value = now.get(path, _ABSENT), after.get(path, _ABSENT)
    was_changed_before = value != written and value == before.get(path, _ABSENT)
    return then.get(path, _ABSENT) if was_changed_before else written


def _without_base(declared: Record, base: Record) -> Record | None:
    """Return what is left of a record that the API deleted: of policies and tags, what the template has added since."""
    if not isinstance(declared, PolicyRecord | TagsRecord):
        return None
    then = properties_of(base)
    added = {path: value for path, value in properties_of(declared).items() if path not in then}
    return with_revision(with_properties(declared, added)) if added else None
