"""Turn what a person has (a folder, a .zip, one file, lines in the template) into a folder as it would be deployed."""

from __future__ import annotations

import asyncio
import hashlib
import weakref
from collections.abc import Callable
from pathlib import Path

import msgspec

from workbench.model.left_out import NEVER_CODE, TAKEN_AS_IT_IS, LeftOut
from workbench.model.quotas import UNZIPPED_LIMIT_BYTES
from workbench.packages.archive import is_archive, unpack
from workbench.packages.cancellation import CheckPoint, Step, StepHandler, in_thread, never
from workbench.packages.content import ContentHashes, Found
from workbench.packages.limits import not_a_package, too_large_unzipped
from workbench.packages.overlay import overlaid
from workbench.packages.sources import Source, read_source, shown_names, source_notices, unreadable_notice
from workbench.packages.store import Entry, Note, Store

_LOOKED_AT_BYTES = 2 << 30
"""More than an installation for development takes, less than a home folder that something links to."""


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A folder to run from; do not write to it. `size_bytes` is its unzipped size.

    `identity` is equal for equal content. `notices` are sentences for the person. `unreadable` are files that Lambda's user may
    not read. `handler` is the handler after a build moved it, "" if it did not. `variables` are those that a build adds.
    """

    path: Path
    size_bytes: int
    identity: str
    notices: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    handler: str = ""
    variables: tuple[tuple[str, str], ...] = ()


class PackageFolders:
    """Makes these folders in one store. Use it on one event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hashes = ContentHashes()
        # Weak: a lock lives while somebody holds or awaits it. Otherwise one would remain for each key ever asked for.
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def of_folder(self, name: str, folder: Path, left_out: LeftOut = NEVER_CODE, *,
                        dependencies: Entry | None = None, may_stay: bool = True) -> Placed:
        """The folder itself if it is exactly what would be deployed, else an overlay. `name` is for notices.

        `may_stay`: False if folders around it would influence its code, so that it cannot run in place. Raises ServiceError when
        it is too large for Lambda, OSError when it cannot be read.
        """
        rules = _rules(folder, left_out)
        source = await asyncio.to_thread(lambda: read_source(folder, rules, limit_bytes=UNZIPPED_LIMIT_BYTES))
        if not source.is_whole:
            raise too_large_unzipped(f"The content of {folder}, including what links lead to,")
        notices, identity = source_notices(name, source), source.signature()
        if source.is_exact and dependencies is None and may_stay:
            path, size_bytes = folder, source.size_bytes
        else:
            path, size_bytes = await self._overlay(folder, rules, source, dependencies)
        return Placed(path=path, size_bytes=size_bytes, identity=identity, notices=notices, unreadable=source.unreadable)

    async def of_archive(self, name: str, archive: Path, progress: StepHandler) -> Placed:
        """A .zip or .jar, unpacked once. Raises ServiceError in Lambda's words when it is not one or is broken."""
        if not await asyncio.to_thread(is_archive, archive):
            raise not_a_package(archive.name, "it is not a .zip file")
        key = await asyncio.to_thread(self.hashes.of, archive)

        def make(check: CheckPoint) -> Entry:
            with self.store.making() as made:
                unpacked = unpack(archive, made, check=check)
                note = Note(size_bytes=unpacked.size_bytes, notices=_left_out_notice(archive, unpacked.left_out),
                            unreadable=unpacked.unreadable)
                return self.store.keep("zip", key, made, note)

        if await asyncio.to_thread(self.store.find, "zip", key) is None:
            progress(Step(stage="package", text=f"Unpacking {archive.name}"))
        return _placed(name, await self.once("zip", key, make), key, archive.name)

    async def of_text(self, name: str, files: dict[str, str]) -> Placed:
        """A package of a few texts by file name: the code that a template contains."""
        return await self._of_files(name, {file: text.encode() for file, text in files.items()})

    async def of_file(self, name: str, file: Path) -> Placed:
        """A package of one file. Raises OSError when it cannot be read."""
        return await self._of_files(name, {file.name: await asyncio.to_thread(file.read_bytes)})

    async def once(self, kind: str, key: str, make: Callable[[CheckPoint], Entry]) -> Entry:
        """The entry of the store, made in a thread if it is not there. Concurrent calls make it once."""
        async with self.lock(f"{kind} {key}"):
            found = await asyncio.to_thread(self.store.find, kind, key)
            return found if found is not None else await in_thread(make)

    def lock(self, name: str) -> asyncio.Lock:
        """The lock to hold while something of this name is made."""
        return self._locks.setdefault(name, asyncio.Lock())

    async def _overlay(self, folder: Path, rules: LeftOut, source: Source, dependencies: Entry | None) -> tuple[Path, int]:
        below = dependencies.content.parent.name if dependencies is not None else ""
        # Nothing about the files themselves: an overlay is updated in place, so it stays the same folder when the code changes.
        told = "\0".join((str(folder), below, *sorted(rules.names), *rules.ends))
        key = hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()
        async with self.lock(f"overlay {key}"):
            return await in_thread(lambda check: overlaid(self.store, key, source.files, dependencies, check))

    async def _of_files(self, name: str, files: dict[str, bytes]) -> Placed:
        digest = hashlib.sha256()
        for file, content in sorted(files.items()):
            digest.update(f"{file}\0{hashlib.sha256(content).hexdigest()}\n".encode(errors="surrogateescape"))
        key = digest.hexdigest()

        def make(_: CheckPoint) -> Entry:
            with self.store.making() as made:
                for file, content in files.items():
                    (made / file).parent.mkdir(parents=True, exist_ok=True)
                    (made / file).write_bytes(content)
                    # Readable for Lambda's user, writable for nobody, as in /var/task.
                    (made / file).chmod(0o444)
                return self.store.keep("files", key, made, Note(size_bytes=sum(map(len, files.values()))))

        return _placed(name, await self.once("files", key, make), key)


def packaged_files(place: Path, rules: LeftOut, check: CheckPoint = never) -> tuple[Found, ...]:
    """The files of the package that a folder or single file becomes. Blocks. Raises OSError.

    For a folder much larger than Lambda accepts, only the first ones.
    """
    if not place.is_dir():
        return (Found("", place, place.stat()),)
    return read_source(place, _rules(place, rules), limit_bytes=_LOOKED_AT_BYTES, check=check).files


def _rules(folder: Path, rules: LeftOut) -> LeftOut:
    return TAKEN_AS_IT_IS if is_built(folder) else rules


def is_built(folder: Path) -> bool:
    """Whether a folder was made by `sam build` or CDK, and is therefore uploaded with everything in it."""
    return ".aws-sam" in folder.parts or "cdk.out" in folder.parts


def _placed(name: str, entry: Entry, key: str, archive: str = "") -> Placed:
    notices = entry.note.notices
    if entry.note.unreadable:
        notices = (*notices, unreadable_notice(name, entry.note.unreadable, archive))
    return Placed(path=entry.content, size_bytes=entry.note.size_bytes, identity=key, notices=notices,
                  unreadable=entry.note.unreadable)


def _left_out_notice(archive: Path, links: tuple[str, ...]) -> tuple[str, ...]:
    return (f"Links in {archive.name} that lead out of it were left out: {shown_names(links)}.",) if links else ()
