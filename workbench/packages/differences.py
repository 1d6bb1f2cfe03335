"""Which files of two packages differ, and how. A package is a .zip or a folder."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

import msgspec

from workbench.model.comparisons import FileDifference, FileFacts
from workbench.packages.content import files_below

LARGEST_TEXT_BYTES = 400_000
MOST_LINES = 10_000
"""A larger file, or one of more lines, is named with its size and digest: to compare it may take more than a second."""
MOST_DIFF_CHARACTERS = 2_000_000
"""About as much as the diffs of all files together may be; files after that are named only."""
_TOO_MUCH = "Too much differs to show all of it."
CONTEXT_LINES = 3
_CHUNK_BYTES = 1 << 20


class Fingerprint(msgspec.Struct, frozen=True):
    """What tells quickly whether two files differ: the size in bytes, and the checksum that a .zip has of each file."""

    size_bytes: int
    crc: int


class Package(Protocol):
    """The files of one package, by their relative paths with forward slashes. A link's content is the path it leads to."""

    files: dict[str, Fingerprint]

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read it."""


class ZippedPackage:
    """A package in a .zip."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        # The last entry of a name counts, as when it is unpacked.
        self._entries = {str(PurePosixPath(entry.filename)): entry for entry in archive.infolist() if not entry.is_dir()}
        self.files = {name: Fingerprint(entry.file_size, entry.CRC) for name, entry in self._entries.items()}

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read it."""
        return self._archive.open(self._entries[name])


class FolderPackage:
    """A package that is a folder. Reads all of it once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._links: set[str] = set()
        self.files: dict[str, Fingerprint] = {}
        for found in files_below(folder):
            if stat.S_ISLNK(found.status.st_mode):
                self._links.add(found.name)
            with self.open(found.name) as file:
                self.files[found.name] = _fingerprint(file)

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read it."""
        path = self._folder / name
        if name not in self._links:
            return path.open("rb")
        return io.BytesIO(os.fsencode(os.readlink(path)))


@contextlib.contextmanager
def opened(place: Path) -> Iterator[Package]:
    """Open a package for the time of the block. Raises OSError and zipfile.BadZipFile. Blocks."""
    if place.is_dir():
        yield FolderPackage(place)
    else:
        with zipfile.ZipFile(place) as archive:
            yield ZippedPackage(archive)


def differences(left: Package, right: Package) -> tuple[list[FileDifference], int]:
    """Return the files that differ, in the order of their paths, and the number of those that are the same. Blocks."""
    names = sorted(left.files.keys() | right.files.keys())
    different = [name for name in names if left.files.get(name) != right.files.get(name)]
    found: list[FileDifference] = []
    left_characters = MOST_DIFF_CHARACTERS
    for name in different:
        found.append(_difference(name, left, right, left_characters))
        left_characters -= len(found[-1].diff)
    return found, len(names) - len(different)


def _difference(name: str, left: Package, right: Package, most_characters: int) -> FileDifference:
    diff, why = _diff(_lines(left, name), _lines(right, name)) if most_characters > 0 else ("", _TOO_MUCH)
    return FileDifference(path=name, left=_facts(left, name), right=_facts(right, name), diff=diff, why_no_diff=why)


def _diff(left: list[str] | None, right: list[str] | None) -> tuple[str, str]:
    """Return the diff, or why there is none."""
    if left is None or right is None:
        return "", "The file is not text, or it is large."
    hunks = list(difflib.unified_diff(left, right, n=CONTEXT_LINES, lineterm=""))[2:]  # the first two lines name the files
    return "\n".join(hunks), "" if hunks else "The files differ in their line ends only."


def _lines(package: Package, name: str) -> list[str] | None:
    """Return a file's lines, none if there is no file, None if it is not text or too large."""
    if name not in package.files:
        return []
    with package.open(name) as file:
        content = file.read(LARGEST_TEXT_BYTES + 1)
    if len(content) > LARGEST_TEXT_BYTES or b"\0" in content:
        return None
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError:
        return None
    return lines if len(lines) <= MOST_LINES else None


def _facts(package: Package, name: str) -> FileFacts | None:
    if name not in package.files:
        return None
    digest = hashlib.sha256()
    with package.open(name) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return FileFacts(size_bytes=package.files[name].size_bytes, sha256=digest.hexdigest())


def _fingerprint(file: IO[bytes]) -> Fingerprint:
    size_bytes = crc = 0
    while chunk := file.read(_CHUNK_BYTES):
        size_bytes, crc = size_bytes + len(chunk), zlib.crc32(chunk, crc)
    return Fingerprint(size_bytes, crc)
