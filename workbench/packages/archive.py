"""Unpack a .zip as Lambda does, never writing outside the target folder: the archive may come from anyone."""

from __future__ import annotations

import errno
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

import msgspec

from workbench.model.failures import SandboxError
from workbench.model.quotas import UNZIPPED_LIMIT_BYTES
from workbench.packages.cancellation import CheckPoint, never
from workbench.packages.limits import not_a_package, too_large_unzipped

MAX_ENTRIES = 500_000
_CHUNK_BYTES = 1 << 20
_LINK_TEXT_BYTES = 4096
_LAMBDA_ROOTS = ("/opt/", "/var/task/")
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
_IMPOSSIBLE_NAMES = {errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ}


class Unpacked(msgspec.Struct, frozen=True):
    """What was unpacked.

    `size_bytes`: the sum of the file sizes. `left_out`: links that lead out of the package. `unreadable`: files that Lambda's
    user may not read.
    """

    size_bytes: int
    left_out: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def is_archive(path: Path) -> bool:
    """Whether this is a .zip or .jar file, judged by its content. Blocks."""
    return path.is_file() and zipfile.is_zipfile(path)


def unpack(archive: Path, target: Path, *, limit_bytes: int = UNZIPPED_LIMIT_BYTES, check: CheckPoint = never) -> Unpacked:
    """Unpack into `target`, which exists and is empty. Blocks.

    Everyone gets the permissions that the archive grants to others than the owner, because Lambda's user is one of those, but no
    permission to write. Entries without permissions count as 0644. Links that lead inside stay links; absolute ones to /opt or
    /var/task become relative. Raises ServiceError in Lambda's words for an archive that is broken, encrypted, larger than
    `limit_bytes` or has a name that leads out of it, and SandboxError when it cannot be read or written to disk.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            _check_entries(archive, entries, limit_bytes)
            return _Unpacking(archive, opened, target, limit_bytes, check).all(entries)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise not_a_package(archive.name, _reason(error)) from error
    except OSError as error:
        if error.errno in _IMPOSSIBLE_NAMES:
            raise not_a_package(archive.name, f"it cannot be laid out as files ({_reason(error)})") from error
        raise SandboxError(f"{archive.name} could not be unpacked: {_reason(error)}.",
                           f"Check that it can be read and that the disk of {target} has space.") from error


def measured(archive: Path) -> int:
    """Return the size in bytes that a .zip has unpacked, as it says itself. Raises ServiceError as `unpack` does. Blocks."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise not_a_package(archive.name, _reason(error)) from error
    _check_entries(archive, entries, UNZIPPED_LIMIT_BYTES)
    return sum(entry.file_size for entry in entries)


def _check_entries(archive: Path, entries: list[zipfile.ZipInfo], limit_bytes: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise not_a_package(archive.name, f"it has {len(entries):,} entries")
    # The sizes in the directory may lie. They refuse most archives early; `_content` counts what is really unpacked.
    if sum(entry.file_size for entry in entries) > limit_bytes:
        raise too_large_unzipped(archive.name)
    for entry in entries:
        reason = "is encrypted" if entry.flag_bits & 1 else _danger(entry.filename)
        if reason:
            raise not_a_package(archive.name, f"“{entry.filename}” {reason}")


def _danger(name: str) -> str:
    """Why a name is not allowed, "" if it is. Checked as a Windows path on every system, because Windows accepts both slashes."""
    if not name:
        return "is not a name"
    if PureWindowsPath(name).anchor:
        return "is an absolute path"
    if ".." in PureWindowsPath(name).parts:
        return "leads out of the package"
    return "has a control character in its name" if "\0" in name else ""


class _Unpacking:
    """Unpacks one archive. Links are made last, so that nothing is ever written through one."""

    def __init__(self, archive: Path, opened: zipfile.ZipFile, target: Path, limit_bytes: int, check: CheckPoint) -> None:
        self._archive = archive
        self._opened = opened
        self._root = target.resolve()
        self._left_bytes = limit_bytes
        self._check = check
        self._limit_bytes = limit_bytes
        self._unreadable: list[str] = []

    def all(self, entries: list[zipfile.ZipInfo]) -> Unpacked:
        links: dict[str, str] = {}
        for entry in {PurePosixPath(entry.filename): entry for entry in entries}.values():  # the last of a name wins
            self._check()
            relative = str(PurePosixPath(entry.filename))
            if entry.is_dir():
                self._place(relative).mkdir(parents=True, exist_ok=True)
            elif stat.S_ISLNK(entry.external_attr >> 16):
                links[relative] = self._link_text(entry)
            else:
                self._write(entry, relative)
        left_out = self._make_links(links)
        return Unpacked(self._limit_bytes - self._left_bytes, left_out, tuple(self._unreadable))

    def _place(self, relative: str) -> Path:
        return self._root / relative

    def _write(self, entry: zipfile.ZipInfo, relative: str) -> None:
        place = self._place(relative)
        place.parent.mkdir(parents=True, exist_ok=True)
        # "x": never into something that another entry made, such as two names that are one file on Windows and macOS.
        with place.open("xb") as file:
            for chunk in self._content(entry):
                file.write(chunk)
        if os.name == "posix":
            mode = _mode(entry)
            place.chmod(mode)
            self._unreadable += [] if mode & 0o004 else [relative]

    def _content(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """Yield the bytes of an entry, never more than the limit leaves. Reading errors are reported as a damaged archive."""
        try:
            with self._opened.open(entry) as source:
                while chunk := source.read(_CHUNK_BYTES):
                    self._check()
                    self._left_bytes -= len(chunk)
                    if self._left_bytes < 0:
                        raise too_large_unzipped(self._archive.name)
                    yield chunk
        except _UNREADABLE as error:
            raise not_a_package(self._archive.name, f"“{entry.filename}” cannot be read ({_reason(error)})") from error

    def _link_text(self, entry: zipfile.ZipInfo) -> str:
        if entry.file_size > _LINK_TEXT_BYTES:
            raise not_a_package(self._archive.name, f"“{entry.filename}” is a link without an end")
        return os.fsdecode(b"".join(self._content(entry)))

    def _make_links(self, links: dict[str, str]) -> tuple[str, ...]:
        made: list[str] = []
        try:
            for name, text in links.items():
                if self._make_link(name, _relative_link(name, text)):
                    made.append(name)
        except OSError:  # links that have not been checked yet may lead outside, so they must not stay
            for name in made:
                self._place(name).unlink()
            raise
        while outside := [name for name in made if not self._leads_inside(name)]:
            for name in outside:  # links that led through one of these are checked again without it
                self._place(name).unlink()
                made.remove(name)
        return tuple(name for name in links if name not in made)

    def _make_link(self, name: str, text: str) -> bool:
        if not text or "\0" in text or os.path.isabs(text):
            return False
        self._place(name).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(text, self._place(name))
        return True

    def _leads_inside(self, name: str) -> bool:
        try:
            return Path(os.path.realpath(self._place(name))).is_relative_to(self._root)
        except (OSError, RuntimeError):
            return False


def _relative_link(name: str, text: str) -> str:
    """The text of a link, relative if it leads into /opt or /var/task: it then works wherever the package is unpacked."""
    root = next((root for root in _LAMBDA_ROOTS if text.startswith(root)), None)
    if root is None:
        return text
    return "../" * (len(PurePosixPath(name).parts) - 1) + text.removeprefix(root)


def _mode(entry: zipfile.ZipInfo) -> int:
    permissions = (entry.external_attr >> 16) & 0o777
    return ((permissions or 0o644) & 0o005) * 0o111


def _reason(error: BaseException) -> str:
    text = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
    return text.rstrip(".")
