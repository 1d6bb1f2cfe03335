"""Reading and writing files whose folder may hold anything: no link is followed, nothing blocks, no read is without a bound.

A name in a state folder may turn out to be a link, a folder, a pipe, a device, another user's file or a gigabyte. Whoever
reads gets the bytes of a regular file or learns why not; whoever writes replaces the name and never what a link leads to.
Windows has no O_NOFOLLOW: the name is looked at first there.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

Reason = Literal["link", "no-file", "too-large", "unreadable", "foreign-owner", "damaged"]
"""Why a file is not taken. Part of the name of what is set aside."""

SENTENCES: dict[Reason, str] = {
    "link": "is a link", "no-file": "is no regular file", "too-large": "is larger than it can be",
    "unreadable": "cannot be read", "foreign-owner": "belongs to another user", "damaged": "is damaged",
}
_QUIET = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_CHUNK_BYTES = 1 << 20


class Unfit(Exception):
    """What is there is not taken. `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason: Reason = reason


def read_regular(path: Path, limit_bytes: int, *, own: bool = True) -> bytes:
    """The content of a regular file of at most `limit_bytes`. `own`: of this user's alone. Blocks as a disk does, no longer.

    Raises FileNotFoundError when nothing has the name, Unfit for anything else than such a file.
    """
    descriptor = open_regular(path, os.O_RDONLY, own=own)
    with os.fdopen(descriptor, "rb", buffering=0):
        if os.fstat(descriptor).st_size > limit_bytes:
            raise Unfit("too-large")
        return _read_up_to(descriptor, limit_bytes)


def open_regular(path: Path, flags: int, mode: int = 0o600, *, own: bool = True) -> int:
    """A descriptor of a regular file, opened with these flags of `os.open`. Raises FileNotFoundError, Unfit.

    With O_CREAT other failures than an unfit name (a full disk, a read-only folder) are raised as OSError.
    """
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
        _check(os.fstat(descriptor), own=own)
    except Unfit:
        os.close(descriptor)
        raise
    return descriptor


def check_regular(path: Path, *, own: bool = True, missing_ok: bool = False, single: bool = False) -> None:
    """Raise Unfit unless a regular file has the name. `single`: no other name leads to the same content (hard links)."""
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
    """Whether a folder has the name: the folder itself, not a link or a junction that leads to one."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(status.st_mode) and not _is_junction(status)


def write_privately(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file of mode 0600 in one step. What had the name is replaced, a link as well; a folder is set aside first.

    `durable`: it is on disk before its name is. Raises OSError.
    """
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(descriptor)
        if is_plain_folder(path):
            set_aside(path, "no-file")
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def set_aside(path: Path, reason: Reason, suffix: str = "") -> Path:
    """Rename what is there, whatever it is, to `<name>.<reason>-<time>` beside it. Raises OSError."""
    place = path.with_name(f"{path.name}.{reason}-{time.strftime('%Y%m%d-%H%M%S')}")
    number = 1
    while os.path.lexists(_numbered(place, number, suffix)):
        number += 1
    target = _numbered(place, number, suffix)
    os.rename(path, target)
    return target


def reason_in(name: str) -> tuple[str, Reason] | None:
    """The name that something had before it was set aside, and why it was; None for another name."""
    for reason in get_args(Reason):
        before, separator, _ = name.rpartition(f".{reason}-")
        if separator:
            return before, reason
    return None


def _numbered(place: Path, number: int, suffix: str) -> Path:
    return place.with_name(f"{place.name}{f'-{number}' if number > 1 else ''}{suffix}")


def _read_up_to(descriptor: int, limit_bytes: int) -> bytes:
    """A file may grow while it is read."""
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
    """Whether it belongs to the user who runs us. On Windows the folder's access rights decide instead."""
    return os.name != "posix" or status.st_uid == os.geteuid()


def _is_junction(status: os.stat_result) -> bool:
    """Windows' other links to folders."""
    return getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)
