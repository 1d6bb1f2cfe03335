"""Reads and writes files in folders that may hold anything: no link is followed, no open blocks, every read is bounded.

A name in a state folder may turn out to be a link, a folder, a pipe, a device, another user's file or a gigabyte. Reading
returns the bytes of a regular file or says why it cannot; writing replaces the name, never the target of a link.
Windows has no O_NOFOLLOW, so there the name is checked before it is opened.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Literal, get_args

from workbench.storage.whole_files import write_whole

Reason = Literal["link", "no-file", "too-large", "unreadable", "foreign-owner", "damaged", "later-version"]
"""Why a file is not accepted. Becomes part of the name when the file is set aside."""

SENTENCES: dict[Reason, str] = {
    "link": "is a link", "no-file": "is not a regular file", "too-large": "is too large",
    "unreadable": "cannot be read", "foreign-owner": "belongs to another user", "damaged": "is damaged",
    "later-version": "was written by a later version of Lambda Workbench",
}
_QUIET = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
"""Links are not followed, opening a pipe does not wait for its writer, children inherit nothing, and no terminal becomes ours."""
_BINARY = getattr(os, "O_BINARY", 0)
_CHUNK_BYTES = 1 << 20


class Unfit(Exception):
    """Something has the name but is not accepted; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason: Reason = reason


def read_regular(path: Path, limit_bytes: int, *, own: bool = True) -> bytes:
    """Return the content of a regular file of at most `limit_bytes`. `own`: it must belong to this user. Blocks only on the disk.

    Raises FileNotFoundError if nothing has the name, Unfit for anything but such a file.
    """
    descriptor = open_regular(path, os.O_RDONLY, own=own)
    with os.fdopen(descriptor, "rb", buffering=0):
        if os.fstat(descriptor).st_size > limit_bytes:
            raise Unfit("too-large")
        return _read_up_to(descriptor, limit_bytes)


def open_regular(path: Path, flags: int, mode: int = 0o600, *, own: bool = True) -> int:
    """Open a regular file with the given flags of `os.open` and return its descriptor. Raises FileNotFoundError, Unfit.

    With O_CREAT, failures that are not the name's fault (a full disk, a read-only folder) are raised as OSError.
    """
    # Before opening as well: opening a device can have effects of its own, and Windows has no O_NOFOLLOW.
    check_regular(path, own=own, missing_ok=bool(flags & os.O_CREAT))
    try:
        descriptor = os.open(path, flags | _QUIET | _BINARY, mode)
    except FileNotFoundError:
        raise
    except OSError as error:
        if flags & os.O_CREAT:
            raise
        raise Unfit("unreadable") from error
    try:
        _check(os.fstat(descriptor), own=own)  # the name may have been replaced between the first check and the opening
    except Unfit:
        os.close(descriptor)
        raise
    return descriptor


def check_regular(path: Path, *, own: bool = True, missing_ok: bool = False, single: bool = False) -> None:
    """Raise Unfit unless a regular file has the name. `single`: refuse a file with further hard links."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        if missing_ok:
            return
        raise
    except (OSError, ValueError) as error:
        raise Unfit("unreadable") from error
    _check(status, own=own)
    if single and status.st_nlink > 1:
        raise Unfit("link")


def is_plain_folder(path: Path) -> bool:
    """Whether the name is a folder itself, not a link or a junction to one."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(status.st_mode) and not _is_junction(status)


def write_privately(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file of mode 0600 atomically. It replaces whatever had the name, even a link; a folder is set aside first.

    `durable`: the content is synced to disk before the file gets its name. Raises OSError.
    """
    write_whole(path, content, durable=durable, prepare=lambda _: _make_room(path))


def _make_room(path: Path) -> None:
    if is_plain_folder(path):
        set_aside(path, "no-file")


def set_aside(path: Path, reason: Reason, suffix: str = "") -> Path:
    """Rename whatever has the name to `<name>.<reason>-<time>` in the same folder, and return that path. Raises OSError."""
    place = path.with_name(f"{path.name}.{reason}-{time.strftime('%Y%m%d-%H%M%S')}")
    number = 1
    while os.path.lexists(_numbered(place, number, suffix)):
        number += 1
    target = _numbered(place, number, suffix)
    os.rename(path, target)
    return target


def reason_in(name: str) -> tuple[str, Reason] | None:
    """Return the name that something had before it was set aside, and the reason; None for any other name."""
    for reason in get_args(Reason):
        before, separator, _ = name.rpartition(f".{reason}-")
        if separator:
            return before, reason
    return None


def _numbered(place: Path, number: int, suffix: str) -> Path:
    return place.with_name(f"{place.name}{f'-{number}' if number > 1 else ''}{suffix}")


def _read_up_to(descriptor: int, limit_bytes: int) -> bytes:
    """Read to the end or past the limit: the file may grow while it is read, so its size was no proof."""
    parts, left = [], limit_bytes + 1
    try:
        while left > 0 and (part := os.read(descriptor, min(left, _CHUNK_BYTES))):
            parts.append(part)
            left -= len(part)
    except OSError as error:
        raise Unfit("unreadable") from error
    if left <= 0:
        raise Unfit("too-large")
    return b"".join(parts)


def _check(status: os.stat_result, *, own: bool) -> None:
    if stat.S_ISLNK(status.st_mode) or _is_junction(status):
        raise Unfit("link")
    if not stat.S_ISREG(status.st_mode):
        raise Unfit("no-file")
    if own and not is_own(status):
        raise Unfit("foreign-owner")


def is_own(status: os.stat_result) -> bool:
    """Whether a file belongs to the user who runs us. Always true on Windows, where the folder's access rights decide."""
    return os.name != "posix" or status.st_uid == os.geteuid()


def _is_junction(status: os.stat_result) -> bool:
    """Whether it is a junction, Windows' second kind of link to a folder."""
    return getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)
