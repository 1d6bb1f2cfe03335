"""Where the workbench keeps what is its own, of one workspace: two folders, and why there are two.

`state_directory` is the person's, outside of the workspace: what is obeyed (settings, values, choices, how to reach a running
engine, the processes it has) and what is the person's alone (unsaved text). Nobody can bring it along with a clone.
`data_directory` is `.workbench` in the workspace, out of git's sight: history, earlier versions, trash. It may have come with a
clone, and is never obeyed.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.storage.safe_files import is_own, is_plain_folder, write_privately
from workbench.storage.state_home import APPLICATION, check_own, own_folder, state_home, state_homes

__all__ = ["APPLICATION", "FOLDER", "data_directory", "existing_state_directory", "state_directory"]

FOLDER = ".workbench"
_WORKSPACES = "workspaces"
_READABLE_LENGTH = 40


def state_directory(root: Path) -> Path:
    """The person's folder for this workspace, made if needed, for the person alone (0700). Blocks.

    It is named after the workspace's real path, so a workspace that was moved begins anew. Raises WorkspaceError where nothing
    can be written.
    """
    folder = own_folder_of(state_home(), root)
    try:
        own_folder(folder.parent)
        return own_folder(folder)
    except OSError as error:
        raise WorkspaceError(f"There is no folder for the state of {root.name} ({folder}: {error.strerror or error}).",
                             "Make it writable for you alone, or move it away.") from error


def existing_state_directory(root: Path) -> Path | None:
    """The same folder where it is there already, made by nobody: for reading what a person chose before. Blocks."""
    for home in state_homes():
        with suppress(OSError):
            folder = own_folder_of(home, root)
            for each in (home, folder.parent, folder):
                check_own(each)
            return folder
    return None


def data_directory(root: Path) -> Path:
    """The folder for the workspace's data, made if needed. Blocks.

    `.workbench`, or where that is a link, another user's or cannot be written a folder of the person's. Raises WorkspaceError.
    """
    folder = root.resolve() / FOLDER
    with suppress(OSError):
        return _prepared(folder)
    try:
        return own_folder(state_directory(root) / "data")
    except OSError as error:
        raise WorkspaceError(f"There is no folder for the data of {root.name}: {error.strerror or error}.",
                             f"Make {root} writable.") from error


def data_folder(root: Path, name: str) -> Path:
    """A folder in the workspace's data. It need not be there; what is there in its place, a link too, is not followed.

    Raises WorkspaceError.
    """
    folder = data_directory(root) / name
    if os.path.lexists(folder) and not is_plain_folder(folder):
        raise WorkspaceError(f"{folder} is a link or no folder.", "Move it away; a new one is made.")
    return folder


def own_folder_of(home: Path, root: Path) -> Path:
    """The person's folder of a workspace: a name to recognize, and a digest that no other path has."""
    import hashlib

    path = os.path.realpath(root)
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", os.path.basename(path))[:_READABLE_LENGTH].strip(".") or "workspace"
    digest = hashlib.sha256(path.encode(errors="surrogatepass")).hexdigest()[:16]
    return home / _WORKSPACES / f"{readable}-{digest}"


def _prepared(folder: Path) -> Path:
    """Raises OSError where it is not ours to write."""
    import tempfile

    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_plain_folder(folder):
        raise NotADirectoryError
    status = folder.lstat()
    if not is_own(status) and status.st_uid not in (0, folder.parent.lstat().st_uid):
        raise PermissionError
    ignore = folder / ".gitignore"
    if not os.path.lexists(ignore):
        write_privately(ignore, b"*\n", durable=False)
    with tempfile.TemporaryFile(dir=folder):  # proves that it can be written, which its mode alone does not
        return folder
