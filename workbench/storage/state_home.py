"""The person's own state folder, outside every workspace: only this user's programs write to it.

    Linux     ~/.local/state/lambda-workbench (XDG_STATE_HOME)
    macOS     ~/Library/Application Support/lambda-workbench
    Windows   %LOCALAPPDATA%\\lambda-workbench

Source: the XDG Base Directory Specification and `platformdirs`. On every system, WORKBENCH_STATE_HOME can name another parent
folder. Without a writable home (a container with a user of its own), it is in the temporary folder.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from workbench.model.failures import WorkspaceError
from workbench.storage.safe_files import is_own, is_plain_folder

APPLICATION = "lambda-workbench"
VARIABLE = "WORKBENCH_STATE_HOME"


def state_home() -> Path:
    """Return the person's state folder, created if needed, accessible only by this user (0700). Blocks.

    Raises WorkspaceError if no candidate can be used.
    """
    refused = ""
    for folder in state_homes():
        try:
            return own_folder(folder)
        except OSError as error:
            refused = refused or f"{folder}: {error.strerror or error}"
    raise WorkspaceError(f"There is no usable folder for your settings and state ({refused}).",
                         f"Make it writable by you alone, or name another one with {VARIABLE}.")


def state_homes() -> Iterator[Path]:
    """Yield the candidates for the state folder; the first usable one is taken. A link made by the person is followed."""
    named = os.environ.get(VARIABLE)
    if named:
        yield (Path(named) / APPLICATION).resolve()
        return
    yield Path(platformdirs.user_state_dir(APPLICATION, appauthor=False)).resolve()
    if os.name == "posix":
        yield Path(tempfile.gettempdir()) / f"{APPLICATION}-{os.geteuid()}"


def own_folder(folder: Path) -> Path:
    """Return the folder, created if needed, with mode 0700. Raises OSError, also if it is a link, not ours or not writable."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    check_own(folder)
    if os.name == "posix" and stat.S_IMODE(folder.lstat().st_mode) & 0o077:
        folder.chmod(0o700)
    with tempfile.TemporaryFile(dir=folder):  # proves that it is writable, which the mode alone does not
        return folder


def check_own(folder: Path) -> None:
    """Raise OSError unless it is a folder (not a link) that belongs to this user."""
    if not is_plain_folder(folder):
        raise NotADirectoryError("is a link or not a folder")
    if not is_own(folder.lstat()):
        raise PermissionError("belongs to another user")
