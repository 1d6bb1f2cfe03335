"""Writing a file so that a reader, a crash or a full disk never meets half of it."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from workbench.model.failures import WorkspaceError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace or create the file in one step; an existing file keeps its mode, a symbolic link stays one.

    Raises WorkspaceError when the folder or file can not be written; the old content is then untouched. Blocks.
    """
    target = path.resolve()
    try:
        mode = _mode_of(target)
        if mode is not None and not mode & 0o222:
            raise WorkspaceError(f"{path.name} is write-protected.", "Remove the write protection, or work on a copy.")
        _replace(target, content, mode)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceError(f"{path.name} could not be written: {reason}.",
                             f"Check that the folder {path.parent} is writable and has space.") from error


def create_exclusively(path: Path, content: bytes) -> None:
    """Create a file that must not exist yet. Raises FileExistsError, or WorkspaceError when the folder is not writable."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise WorkspaceError(f"{path.name} could not be created: {error.strerror or error}.",
                             f"Check that the folder {path.parent} is writable and has space.") from error


def _mode_of(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode if mode is not None else _new_file_mode())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _new_file_mode() -> int:
    """The mode a plain open() would give: mkstemp's 0600 would hide a new event from colleagues."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
