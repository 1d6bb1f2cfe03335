"""Hashes and sizes of folders and files. Names, the executable bit and bytes count for a hash; times do not."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.model.failures import SandboxError


class Found(msgspec.Struct, frozen=True):
    """A file or link below a folder; `name` is its relative path with forward slashes."""

    name: str
    path: Path
    status: os.stat_result


def files_below(folder: Path) -> Iterator[Found]:
    """Yield files and links in the order of their names. Links to folders are not followed. Blocks."""
    yield from _below(str(folder), "")


def _below(folder: str, prefix: str) -> Iterator[Found]:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
                yield Found(prefix + entry.name, Path(entry.path), entry.stat(follow_symlinks=False))
        except FileNotFoundError:  # deleted since the listing was read
            continue


def unzipped_size_bytes(folder: Path) -> int:
    """The sum of the file sizes, as Lambda counts a package. Blocks."""
    return sum(found.status.st_size for found in files_below(folder))


def content_hash(path: Path) -> str:
    """SHA-256 in hex of a file, or of a folder with everything in it. Blocks. Raises SandboxError when it cannot be read."""
    try:
        if not path.is_dir():
            return _file_hash(path)
        whole = hashlib.sha256()
        for found in files_below(path):
            is_link = stat.S_ISLNK(found.status.st_mode)
            content = os.readlink(found.path) if is_link else _file_hash(found.path)
            executable = "x" if found.status.st_mode & 0o100 else "-"
            whole.update(f"{found.name}\0{'l' if is_link else executable}\0{content}\n".encode(errors="surrogateescape"))
        return whole.hexdigest()
    except OSError as error:
        raise SandboxError(f"{error.filename or path} cannot be read: {error.strerror or error}.",
                           "Check the path and its permissions.") from error


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ContentHashes:
    """Content hashes, recomputed only when a size, time or name has changed. For any thread."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[str, str]] = {}

    def of(self, path: Path) -> str:
        """The content hash of a file or folder. Blocks. Raises SandboxError when it cannot be read."""
        # Taken before the content is read: a change during the reading is then noticed the next time.
        before = _signature(path)
        signature, known = self._known.get(path, ("", ""))
        if signature != before:
            known = content_hash(path)
            self._known[path] = (before, known)
        return known


def _signature(path: Path) -> str:
    """A hash of what reveals a change without reading files: names, sizes, modes and times."""
    if not path.is_dir():
        return _row(path.name, path.stat()) if path.exists() else ""
    rows = hashlib.sha256()
    for found in files_below(path):
        rows.update(_row(found.name, found.status).encode(errors="surrogateescape"))
    return rows.hexdigest()


def _row(name: str, status: os.stat_result) -> str:
    # The inode's number and time of change reveal a file that was replaced by one with its old times (cp -p, tar).
    return f"{name}\0{status.st_mode}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0{status.st_ino}\n"
