"""Read which files of a person's folder become the package, as the deployment tools do.

`sam package` and `aws cloudformation package` walk a folder with `os.walk(followlinks=True)` and write files into the .zip, never
folders or links (samcli.lib.package.utils, awscli.customizations.cloudformation.artifact_exporter). So a link contributes what it
leads to, wherever that is; permissions of files are uploaded, those of folders are not. Lambda's user is neither the owner nor in
the group of these files, so the permissions of others decide. (`sam package` has made files readable to everyone since January
2023; `zip` and the AWS CLI do not.) Where those tools fail, at broken or circular links, the link is left out and named.
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
"""More entries than any package has: a link to a whole disk must not be walked to its end."""

DEPTH_LIMIT = 100
"""The number of nested folders. No package is that deep, and such paths reach the limits of operating systems."""

_HAS_MODES = os.name == "posix"
_COMMANDS_FOLDER = ".bin"
_READ, _READ_AND_ENTER = 0o4, 0o5


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a package, in the order of their names. Links are represented by their targets.

    `is_exact`: the folder has exactly the package's content and can be used in place. `is_whole`: False if reading stopped at
    `limit_bytes`, ENTRIES_LIMIT or DEPTH_LIMIT. `broken` are broken and circular links, `unreadable` files that Lambda's user may
    not read, and `surprising` files and folders whose absence may surprise the person.
    """

    files: tuple[Found, ...]
    size_bytes: int
    is_exact: bool
    is_whole: bool = True
    broken: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    surprising: tuple[str, ...] = ()

    def signature(self) -> str:
        """A SHA-256 in hex of what reveals a change without reading files: names, modes, sizes and times."""
        rows = hashlib.sha256(b"" if self.is_whole else b"cut off")
        for found in self.files:
            status = found.status
            row = f"{found.name}\0{status.st_mode}\0{status.st_size}\0{status.st_mtime_ns}\n"
            rows.update(row.encode(errors="surrogateescape"))
        return rows.hexdigest()


def read_source(folder: Path, left_out: LeftOut = NEVER_CODE, *, limit_bytes: int | None = None,
                check: CheckPoint = never) -> Source:
    """Read the package that a folder becomes. Blocks. Raises OSError when a folder cannot be read.

    `limit_bytes`: stop when the files are larger than this, None for no limit.
    """
    return _Reading(left_out, limit_bytes, check).of(folder)


def effective_mode(status: os.stat_result) -> int:
    """The mode for a copy of a file: everyone gets what Lambda's user may do with it, and nobody may write, as in /var/task."""
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
        """Read it all."""
        self._enter(str(folder), "", os.stat(folder))
        self._files.sort(key=lambda found: found.name)
        return Source(
            files=tuple(self._files), size_bytes=self._size_bytes, is_exact=self._is_exact and not self._broken,
            is_whole=self._is_whole, broken=tuple(sorted(self._broken)), unreadable=tuple(sorted(self._unreadable)),
            surprising=tuple(sorted(self._surprising)))

    def _enter(self, folder: str, prefix: str, status: os.stat_result) -> None:
        self._check()
        with os.scandir(folder) as listing:
            # One more than is allowed, so that an excess is noticed without reading a huge folder to its end.
            entries = list(islice(listing, ENTRIES_LIMIT - self._entries + 1))
        self._entries += len(entries)
        self._is_whole &= self._entries <= ENTRIES_LIMIT and len(self._around) < DEPTH_LIMIT
        # Only below the root: a folder that the template names as code is code even if it is an environment or a cache.
        if prefix and any(entry.name in self._marks for entry in entries):
            self._is_exact = False
            return
        # Modes of folders are not uploaded, so Lambda's user can enter this one, but could not if it were used in place.
        if _HAS_MODES and status.st_mode & _READ_AND_ENTER != _READ_AND_ENTER:
            self._is_exact = False
        # Only the folders around this one: a link to a sibling is legitimate, and its target is packaged twice, as in the .zip.
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
        # npm makes node_modules/.bin from links: if they counted, no folder with packages could be used in place.
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
            self._is_exact = False  # a socket or pipe of a running program
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
        # In place, a process has the owner's permissions; Lambda's user has those of others, which differ here.
        if (mode >> 6 ^ mode) & _READ_AND_ENTER:
            self._is_exact = False

    def _leave(self, entry: os.DirEntry[str], prefix: str) -> None:
        # Bytecode does not change what runs, and Python leaves it in most folders: those can still be used in place.
        if entry.name != BYTE_CODE_FOLDER:
            self._is_exact = False
        if entry.name in SURPRISING and not os.path.isfile(os.path.join(entry.path, ENVIRONMENT_FILE)):
            self._surprising.append(prefix + entry.name)

    def _break(self, entry: os.DirEntry[str], prefix: str) -> None:
        if entry.is_symlink():  # otherwise the entry was deleted since the listing was read
            self._broken.append(prefix + entry.name)


def _identity(folder: str, status: os.stat_result) -> tuple[int, int]:
    """A value that is equal for two paths of one folder. On Windows, only os.stat of the folder itself provides it."""
    found = status if status.st_ino else os.stat(folder)
    return found.st_dev, found.st_ino


def source_notices(name: str, source: Source) -> tuple[str, ...]:
    """Sentences on what a person should know about a package; `name` is the function's or layer's."""
    return tuple(_notices(name, source))


def _notices(name: str, source: Source) -> Iterator[str]:
    if source.unreadable:
        yield unreadable_notice(name, source.unreadable)
    if source.broken:
        yield (f"Broken or circular links in the code of {name} were left out: {shown_names(source.broken)}. "
               "sam build fails on them.")
    if source.surprising:
        yield f"{shown_names(source.surprising)} is not in the package of {name}: sam build leaves it out of Python functions."


def unreadable_notice(name: str, files: tuple[str, ...], archive: str = "") -> str:
    """A sentence on files that only their owner may read; `archive` is the .zip that they are in, "" for a folder."""
    cure = (f"Nothing repairs that in {archive} on its way to Lambda: create the .zip again from files that everyone may read "
            "(chmod o+r; Python's zipfile.writestr gives them the mode 0600)." if archive else
            "Correct it with chmod o+r; sam deploy does so in the .zip that it uploads, but zip and the AWS CLI do not.")
    return (f"Permission denied on Lambda: only the owner may read {shown_names(files)} of {name}, and Lambda runs functions as "
            f"another user. {cure}")


def shown_names(names: tuple[str, ...]) -> str:
    """The first three names, and the number of others. Names that are not valid text are made printable."""
    first = [name.encode(errors="replace").decode() for name in names[:3]]
    return ", ".join(first) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
