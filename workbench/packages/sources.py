"""What of a person's folder becomes the package: read as the tools of deployment read it.

`sam package` and `aws cloudformation package` walk a folder with `os.walk(followlinks=True)` and write files into the .zip,
never folders or links (samcli.lib.package.utils, awscli.customizations.cloudformation.artifact_exporter). So a link brings what
it leads to, from wherever; a folder's own permissions are not uploaded; those of files are. Lambda's user is neither their owner
nor of their group, so what others may do decides. (`sam package` gives everybody the right to read since January 2023; `zip` and
the AWS CLI do not.) Where those tools break off, a link to nowhere or in a circle, the link is left out and named.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from workbench.model.left_out import BYTE_CODE_FOLDER, CACHE_FILE, ENVIRONMENT_FILE, NEVER_CODE, SURPRISING, LeftOut
from workbench.packages.cancellation import CheckPoint, never
from workbench.packages.content import Found

ENTRIES_LIMIT = 500_000
"""No package has so many files: who is led to a whole disk by a link must not walk it to its end."""

DEPTH_LIMIT = 100
"""Folders in folders. No package is so deep, and the paths of one that is end at what a system can name."""

_HAS_MODES = os.name == "posix"
_COMMANDS_FOLDER = ".bin"
_READ, _READ_AND_ENTER = 0o4, 0o5


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a package, in the order of their names; links stand as what they lead to.

    `is_exact`: the folder itself is what the package is, and may be used in place. `broken` are links to nowhere or in a circle,
    `unreadable` files that Lambda's user may not read, `surprising` what was left out and may be missed. `is_whole`: False when
    it is larger than `limit_bytes` or ENTRIES_LIMIT, or deeper than DEPTH_LIMIT, and was not read to its end.
    """

    files: tuple[Found, ...]
    size_bytes: int
    is_exact: bool
    is_whole: bool = True
    broken: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    surprising: tuple[str, ...] = ()

    def signature(self) -> str:
        """All that tells of a change without reading: names, modes, sizes, times of change. A SHA-256 in hex."""
        rows = hashlib.sha256(b"" if self.is_whole else b"cut off")
        for found in self.files:
            status = found.status
            row = f"{found.name}\0{status.st_mode}\0{status.st_size}\0{status.st_mtime_ns}\n"
            rows.update(row.encode(errors="surrogateescape"))
        return rows.hexdigest()


def read_source(folder: Path, left_out: LeftOut = NEVER_CODE, *, limit_bytes: int | None = None,
                check: CheckPoint = never) -> Source:
    """What is in the package that this folder becomes. Blocks. Raises OSError when a folder cannot be read."""
    return _Reading(left_out, limit_bytes, check).of(folder)


def effective_mode(status: os.stat_result) -> int:
    """What Lambda's user may do with a file, as the mode of a copy that belongs to whoever runs the function here.

    Nobody may write in /var/task.
    """
    return (stat.S_IMODE(status.st_mode) & _READ_AND_ENTER) * 0o111


class _Reading:
    """One walk through a folder."""

    def __init__(self, left_out: LeftOut, limit_bytes: int | None, check: CheckPoint) -> None:
        self._left_out = left_out
        self._check = check
        self._entries = 0
        self._marks = {CACHE_FILE, ENVIRONMENT_FILE} if left_out.environments else {CACHE_FILE}
        self._limit_bytes = limit_bytes
        self._files: list[Found] = []
        self._size_bytes = 0
        self._is_exact = True
        self._is_whole = True
        self._broken: list[str] = []
        self._unreadable: list[str] = []
        self._surprising: list[str] = []
        self._around: list[tuple[int, int]] = []

    def of(self, folder: Path) -> Source:
        """All of it."""
        self._enter(str(folder), "", os.stat(folder))
        self._files.sort(key=lambda found: found.name)
        return Source(
            files=tuple(self._files), size_bytes=self._size_bytes, is_exact=self._is_exact and not self._broken,
            is_whole=self._is_whole, broken=tuple(sorted(self._broken)), unreadable=tuple(sorted(self._unreadable)),
            surprising=tuple(sorted(self._surprising)))

    def _enter(self, folder: str, prefix: str, status: os.stat_result) -> None:
        self._check()
        with os.scandir(folder) as listing:
            entries = list(islice(listing, ENTRIES_LIMIT - self._entries + 1))
        self._entries += len(entries)
        self._is_whole &= self._entries <= ENTRIES_LIMIT and len(self._around) < DEPTH_LIMIT
        if prefix and any(entry.name in self._marks for entry in entries):
            self._is_exact = False
            return
        if _HAS_MODES and status.st_mode & _READ_AND_ENTER != _READ_AND_ENTER:
            self._is_exact = False
        self._around.append(_identity(folder, status))
        for entry in entries:
            if not self._is_whole:
                break
            self._take(entry, prefix)
        self._around.pop()

    def _take(self, entry: os.DirEntry[str], prefix: str) -> None:
        if self._left_out.has(entry.name):
            self._leave(entry, prefix)
            return
        try:
            is_link = entry.is_symlink()
            status = entry.stat()
        except OSError:
            self._break(entry, prefix)
            return
        if is_link and not prefix.endswith(f"{_COMMANDS_FOLDER}/"):
            self._is_exact = False
        if not stat.S_ISDIR(status.st_mode):
            self._add(entry, prefix, status)
        elif is_link and _identity(entry.path, status) in self._around:
            self._break(entry, prefix)
        else:
            self._enter(entry.path, f"{prefix}{entry.name}/", status)

    def _add(self, entry: os.DirEntry[str], prefix: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self._is_exact = False  # a socket or pipe of something that runs here
            return
        name = prefix + entry.name
        self._files.append(Found(name, Path(entry.path), status))
        self._size_bytes += status.st_size
        over = self._limit_bytes is not None and self._size_bytes > self._limit_bytes
        self._is_whole &= not over
        if _HAS_MODES:
            self._note_mode(name, status.st_mode)

    def _note_mode(self, name: str, mode: int) -> None:
        if not mode & _READ:
            self._unreadable.append(name)
        if (mode >> 6 ^ mode) & _READ_AND_ENTER:
            self._is_exact = False

    def _leave(self, entry: os.DirEntry[str], prefix: str) -> None:
        if entry.name != BYTE_CODE_FOLDER:
            self._is_exact = False
        if entry.name in SURPRISING and not os.path.isfile(os.path.join(entry.path, ENVIRONMENT_FILE)):
            self._surprising.append(prefix + entry.name)

    def _break(self, entry: os.DirEntry[str], prefix: str) -> None:
        if entry.is_symlink():  # else it was deleted this moment
            self._broken.append(prefix + entry.name)


def _identity(folder: str, status: os.stat_result) -> tuple[int, int]:
    """Equal for two names of one folder. Windows tells it only who asks for the folder itself."""
    found = status if status.st_ino else os.stat(folder)
    return found.st_dev, found.st_ino


def source_notices(name: str, source: Source) -> tuple[str, ...]:
    """What a person should know of a package, in sentences; `name` is the function's or layer's."""
    return tuple(_notices(name, source))


def _notices(name: str, source: Source) -> Iterator[str]:
    if source.unreadable:
        yield unreadable_notice(name, source.unreadable)
    if source.broken:
        yield (f"Links in the code of {name} that lead nowhere or in a circle were left out: {shown_names(source.broken)}. "
               "sam build stops at them.")
    if source.surprising:
        yield f"{shown_names(source.surprising)} is not in the package of {name}: sam build leaves it out of Python functions."


def unreadable_notice(name: str, files: tuple[str, ...], archive: str = "") -> str:
    """What to do about files that only their owner may read; `archive` is the .zip that says so, "" for a folder."""
    cure = (f"Nobody repairs that in {archive} on its way to Lambda: make the .zip anew from files that everybody may read "
            "(chmod o+r; Python's zipfile.writestr gives them the mode 0600)." if archive else
            "Correct it with chmod o+r; sam deploy does so in the .zip that it uploads, zip and the AWS CLI do not.")
    return (f"Permission denied on Lambda: only the owner may read {shown_names(files)} of {name}, and Lambda's user is another "
            f"one. {cure}")


def shown_names(names: tuple[str, ...]) -> str:
    """The first three, and how many more there are. Names that are no text are made some."""
    first = [name.encode(errors="replace").decode() for name in names[:3]]
    return ", ".join(first) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
