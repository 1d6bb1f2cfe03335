"""The person's own state folder, outside of every workspace: whatever lies in it was put there by this user's programs.

    Linux     ~/.local/state/lambda-workbench (XDG_STATE_HOME)
    macOS     ~/Library/Application Support/lambda-workbench
    Windows   %LOCALAPPDATA%\\lambda-workbench

Source: the XDG Base Directory Specification and `platformdirs`. WORKBENCH_STATE_HOME names another folder to have it in, on every
system. Without a home that can be written (a container with a user of its own) it is in the temporary folder.
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
    """The person's state folder, made if needed, for this user alone (0700). Blocks. Raises WorkspaceError when there is none."""
    refused = ""
    for folder in state_homes():
        try:
            return own_folder(folder)
        except OSError as error:
            refused = refused or f"{folder}: {error.strerror or error}"
    raise WorkspaceError(f"There is no folder for your state ({refused}).",
                         f"Make it writable for you alone, or name another with {VARIABLE}.")


def state_homes() -> Iterator[Path]:
    """Where it may be, the first that can be used counts. A link that the person made of the folder is followed."""
    named = os.environ.get(VARIABLE)
    if named:
        yield (Path(named) / APPLICATION).resolve()
        return
    yield Path(platformdirs.user_state_dir(APPLICATION, appauthor=False)).resolve()
    if os.name == "posix":
        yield Path(tempfile.gettempdir()) / f"{APPLICATION}-{os.geteuid()}"


def own_folder(folder: Path) -> Path:
    """The folder, made if needed, of mode 0700 and writable. Raises OSError, also for a link or another user's folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    check_own(folder)
    if os.name == "posix" and stat.S_IMODE(folder.lstat().st_mode) & 0o077:
        folder.chmod(0o700)
    with tempfile.TemporaryFile(dir=folder):  # proves that it can be written, which its mode alone does not
        return folder


def check_own(folder: Path) -> None:
    """Raise OSError unless it is a folder (no link) that belongs to this user."""
    if not is_plain_folder(folder):
        raise NotADirectoryError("is a link or no folder")
    if not is_own(folder.lstat()):
        raise PermissionError("belongs to another user")
