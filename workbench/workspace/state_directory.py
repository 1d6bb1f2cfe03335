"""Where the workbench keeps its own files about a workspace. There are two folders, because a clone can bring one of them along.

`state_directory` is the person's, outside the workspace. It holds what is obeyed (settings, values, choices, how to reach a
running engine, its processes) and what is private (unsaved text). No clone can contain it.
`data_directory` is `.workbench` in the workspace, ignored by git. It holds history, earlier versions and trash. It may have come
with a clone, so it is data and never obeyed.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.storage.digests import sha256_hex
from workbench.storage.person_folders import APPLICATION
from workbench.storage.safe_files import is_own, is_plain_folder, write_privately
from workbench.storage.state_home import check_own, own_folder, state_home, state_homes

__all__ = ["APPLICATION", "FOLDER", "MOVES", "data_directory", "existing_state_directory", "state_directory"]

FOLDER = ".workbench"
MOVES = "moves.json"
"""The file in the state folder that notes what is about to move together with a template, see `unfinished_moves`."""
_WORKSPACES = "workspaces"
_READABLE_LENGTH = 40


def state_directory(root: Path) -> Path:
    """Return the person's folder for this workspace, created if needed, accessible only by the person (0700). Blocks.

    Its name is derived from the workspace's real path, so a workspace that was moved starts afresh. Raises WorkspaceError if it
    cannot be created or written.
    """
    folder = own_folder_of(state_home(), root)
    try:
        own_folder(folder.parent)
        return own_folder(folder)
    except OSError as error:
        raise WorkspaceError(f"There is no usable folder for the state of {root.name} ({folder}: {error.strerror or error}).",
                             "Make it writable by you alone, or move it away.") from error


def existing_state_directory(root: Path) -> Path | None:
    """Return the same folder if it exists, else None, without creating it: for reading what a person chose before. Blocks."""
    for home in state_homes():
        with suppress(OSError):
            folder = own_folder_of(home, root)
            for each in (home, folder.parent, folder):
                check_own(each)
            return folder
    return None


def data_directory(root: Path) -> Path:
    """Return the folder for the workspace's data, created if needed. Blocks.

    It is `.workbench`, or a folder of the person's if that is a link, another user's or not writable. Raises WorkspaceError.
    """
    folder = root.resolve() / FOLDER
    with suppress(OSError):
        return _prepared(folder)
    try:
        return own_folder(state_directory(root) / "data")
    except OSError as error:
        raise WorkspaceError(f"There is no usable folder for the data of {root.name}: {error.strerror or error}.",
                             f"Make {root} writable.") from error


def data_folder(root: Path, name: str) -> Path:
    """Return the path of a folder in the workspace's data, which need not exist.

    Raises WorkspaceError if something else has the name, such as a link, which is not followed.
    """
    folder = data_directory(root) / name
    if os.path.lexists(folder) and not is_plain_folder(folder):
        raise WorkspaceError(f"{folder} is a link or not a folder.", "Move it away; a new one is created.")
    return folder


def own_folder_of(home: Path, root: Path) -> Path:
    """Return the person's folder for a workspace: a recognizable name, plus a digest that is unique to the path."""
    path = os.path.realpath(root)
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", os.path.basename(path))[:_READABLE_LENGTH].strip(".") or "workspace"
    digest = sha256_hex(path.encode(errors="surrogatepass"))[:16]
    return home / _WORKSPACES / f"{readable}-{digest}"


def _prepared(folder: Path) -> Path:
    """Create the folder if needed and return it. Raises OSError if it is not ours to write to."""
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
    with tempfile.TemporaryFile(dir=folder):  # proves that it is writable, which the mode alone does not
        return folder
