"""Writes files so that no reader, crash or full disk ever leaves half of one."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from workbench.model.failures import WorkspaceError
from workbench.storage.whole_files import Content, write_whole


def write_atomically(path: Path, content: Content) -> None:
    """Replace or create a file atomically; an existing file keeps its mode, a symbolic link stays a link.

    Raises WorkspaceError if the folder or file cannot be written; the old content is then untouched. Blocks.
    """
    target = path.resolve()
    try:
        mode = _mode_of(target)
        # Replacing needs permission only for the folder, so it would go through although the file is protected.
        if mode is not None and not mode & 0o222:
            raise WorkspaceError(f"{path.name} is write-protected.", "Remove the write protection, or work on a copy.")
        _replace(target, content, mode)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceError(f"{path.name} could not be written: {reason}.",
                             f"Check that the folder {path.parent} is writable and has space.") from error


def create_exclusively(path: Path, content: bytes) -> None:
    """Create a file that must not exist yet, either whole or not at all.

    Raises FileExistsError, or WorkspaceError if the folder is not writable.
    """
    try:
        write_whole(path, content, is_new=True, prepare=lambda place: _dress(place, path, None))
    except FileExistsError:
        raise
    except OSError as error:
        raise WorkspaceError(f"{path.name} could not be created: {error.strerror or error}.",
                             f"Check that the folder {path.parent} is writable and has space.") from error


def _mode_of(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _replace(target: Path, content: Content, mode: int | None) -> None:
    try:
        write_whole(target, content, prepare=lambda place: _dress(place, target, mode))
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        _overwrite(target, content)  # a single file mounted into a container cannot be replaced, only written to


def _overwrite(target: Path, content: Content) -> None:
    """Write in place where the file cannot be replaced. This is not atomic, but a failure restores the old content."""
    with target.open("r+b") as file:
        before = file.read()
        try:
            _fill(file, content)
        except OSError:
            _fill(file, before)
            raise


def _fill(file: BinaryIO, content: Content) -> None:
    file.seek(0)
    if isinstance(content, bytes):
        file.write(content)
    else:
        content.seek(0)
        shutil.copyfileobj(content, file)
    file.truncate()
    file.flush()
    os.fsync(file.fileno())


def _dress(place: int | str, target: Path, mode: int | None) -> None:
    """Give a file that is about to replace `target` its mode, and its owner: that of a file that root saves for another user."""
    os.chmod(place, mode if mode is not None else _new_file_mode())
    if mode is not None and hasattr(os, "chown"):  # which has no effect for anyone but root
        status = target.stat()
        with suppress(OSError):
            os.chown(place, status.st_uid, status.st_gid)


def _new_file_mode() -> int:
    """Return the mode that a plain open() would give, because 0600 would hide a new event from colleagues."""
    # The umask can only be read by setting it. 0o077 keeps files private that another thread creates at this moment.
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
