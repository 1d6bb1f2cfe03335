"""The file that API state is exported to: one .zip with the records as JSON and the packages, as they are in the store of code.

An archive to be imported may come from anyone. Its directory is measured before it is read, each entry is read up to a limit,
only names that we write are taken, and a package has to have the digest that is its name.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Literal

import msgspec

from workbench.engine.registry.records import Record
from workbench.engine.registry.store import RECORD_KINDS
from workbench.engine.registry.transfer.contents import packages_of
from workbench.model.api_state import ARCHIVE_LIMIT_BYTES
from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.quotas import UNZIPPED_LIMIT_BYTES
from workbench.storage.decoding import decoder_of

_DOCUMENT = "api-state.json"
_PACKAGE = re.compile(r"code/(?P<name>[0-9a-f]{64}\.zip)", re.ASCII)
_DOCUMENT_LIMIT_BYTES = 64 << 20
_PACKAGE_LIMIT_BYTES = UNZIPPED_LIMIT_BYTES + (64 << 20)
"""The largest package that Lambda takes, if nothing in it is compressed, with room for its directory."""
_MOST_SAID = 300
_MOST_ENTRIES = 20_000
_DIRECTORY_ENTRY_BYTES = 256
"""More than the directory needs for one of our entries, whose names have 73 characters."""
_END = struct.Struct("<4s4H2LH")
_LOCATOR_BYTES = 20
"""Source of both: APPNOTE.TXT, "End of central directory record", "Zip64 end of central directory locator"."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error)


class _Entry(msgspec.Struct, frozen=True):
    """One record; `kind` is its class's name."""

    kind: str
    record: msgspec.Raw


class _Document(msgspec.Struct, frozen=True):
    """All records. `version` counts changes of this format that earlier versions of ours cannot read."""

    format: Literal["lambda-workbench-api-state"]
    version: int
    records: tuple[_Entry, ...]


_VERSION = 1


def damaged(what: str) -> InvalidInput:
    """The error for a file that cannot be imported. `what` goes on from "The file cannot be imported:" and may quote the file."""
    said = "".join(each if each.isprintable() else " " for each in what[:_MOST_SAID])
    return InvalidInput(f"The file cannot be imported: {said}{'…' if len(what) > _MOST_SAID else ''}.",
                        "Nothing was changed. workbench api export makes such a file.")


def write_archive(file: IO[bytes], records: Iterable[Record], path_of: Callable[[str], Path]) -> None:
    """Write an archive. Blocks. Raises WorkspaceError for a package that is gone, for more than fits, and for a full disk."""
    kept = sorted(records, key=lambda each: (type(each).__name__, each.key))
    entries = tuple(_Entry(type(each).__name__, msgspec.Raw(msgspec.json.encode(each))) for each in kept)
    document = msgspec.json.encode(_Document("lambda-workbench-api-state", _VERSION, entries))
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
            archive.writestr(_DOCUMENT, document, zipfile.ZIP_DEFLATED)
            for name in sorted(packages_of(kept)):
                archive.write(path_of(name), f"code/{name}")
    except FileNotFoundError as error:
        message = f"The package {Path(str(error.filename)).name} is gone, so nothing was exported."
        raise WorkspaceError(message, "Update the code of the function that has it, or delete it.") from error
    except (zipfile.LargeZipFile, ValueError) as error:
        raise WorkspaceError("What the API made is more than one file can have (2 GB).", "Delete what is not needed.") from error
    except OSError as error:
        message = f"The file could not be written: {error.strerror or error}."
        raise WorkspaceError(message, "Check that the disk has space.") from error


class StateArchive:
    """An archive that is being imported. Its methods block, and raise InvalidInput for anything that we do not write."""

    def __init__(self, file: IO[bytes]) -> None:
        """Read the directory."""
        _measure_directory(file)
        try:
            self._archive = zipfile.ZipFile(file)
        except _DAMAGE as error:
            raise damaged("it is no .zip file") from error
        self.packages = _packages(self._archive.infolist())
        """The names of its packages in the store of code."""

    def records(self) -> list[Record]:
        """Return the records; the packages that they need are in the archive, and no others."""
        found = [_record(entry) for entry in self._document().records]
        if len({(type(each), each.key) for each in found}) != len(found):
            raise damaged("it has a record twice")
        if packages_of(found) != self.packages:
            raise damaged("its packages are not those that its records name")
        return found

    def package(self, name: str) -> bytes:
        """Return a package."""
        return self._content(f"code/{name}", _PACKAGE_LIMIT_BYTES)

    def _document(self) -> _Document:
        content = self._content(_DOCUMENT, _DOCUMENT_LIMIT_BYTES)
        try:
            document = decoder_of(_Document).decode(content)
        except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
            raise damaged("it is not an export of API state") from error
        if document.version > _VERSION:
            raise damaged("a later version of Lambda Workbench wrote it")
        return document

    def _content(self, name: str, limit_bytes: int) -> bytes:
        try:
            with self._archive.open(name) as entry:
                content = entry.read(limit_bytes + 1)
        except KeyError as error:
            raise damaged("it is not an export of API state") from error
        except (*_DAMAGE, OSError) as error:
            raise damaged(f"{name} cannot be read") from error
        if len(content) > limit_bytes:
            raise damaged(f"{name} is too large")
        return content


def _measure_directory(file: IO[bytes]) -> None:
    """Refuse a file whose directory is larger than ours are: `zipfile` reads it into memory as a whole."""
    size_bytes = file.seek(0, 2)
    if size_bytes > ARCHIVE_LIMIT_BYTES:
        raise damaged("it is too large")
    file.seek(max(0, size_bytes - _END.size - _LOCATOR_BYTES))
    before, end = (tail := file.read())[:-_END.size], tail[-_END.size:]
    if len(end) < _END.size or not end.startswith(b"PK\5\6"):
        raise damaged("it is no .zip file")
    _, _, _, _, entries, directory_bytes, _, comment_bytes = _END.unpack(end)
    if comment_bytes or before.startswith(b"PK\6\7") or entries > _MOST_ENTRIES \
            or directory_bytes > _MOST_ENTRIES * _DIRECTORY_ENTRY_BYTES:
        raise damaged("it is not an export of API state")


def _packages(entries: list[zipfile.ZipInfo]) -> set[str]:
    names = [entry.filename for entry in entries if entry.filename != _DOCUMENT]
    found = [_PACKAGE.fullmatch(name) for name in names]
    stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries if entry.filename != _DOCUMENT)
    # Stored packages are no larger than the file, unless entries overlap.
    if len(names) != len(set(names)) or not all(found) or not stored \
            or sum(entry.file_size for entry in entries) > ARCHIVE_LIMIT_BYTES + _DOCUMENT_LIMIT_BYTES:
        raise damaged("it has what no export has")
    return {each["name"] for each in found if each is not None}


def _record(entry: _Entry) -> Record:
    kind = RECORD_KINDS.get(entry.kind)
    if kind is None:
        raise damaged("a later version of Lambda Workbench wrote it")
    try:
        return decoder_of(kind).decode(bytes(entry.record))
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise damaged("one of its records is not what its kind has") from error
