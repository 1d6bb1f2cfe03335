"""Where the workbench keeps what is its own (journal, uploads): beside the workspace's files, out of git's sight."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

from workbench.model.failures import WorkspaceError

FOLDER = ".workbench"
APPLICATION = "lambda-workbench"


def state_directory(root: Path, *, fallback: Path | None = None) -> Path:
    """The folder for the workbench's state of this workspace, made if needed, for the person alone (0700). Blocks.

    `<root>/.workbench`, or when that can not be written a folder of the person's own named after the workspace's path.
    `fallback` replaces the person's state folder. Raises WorkspaceError when neither can be written.
    """
    resolved = root.resolve()
    with suppress(OSError):
        return _prepared(resolved / FOLDER, parents=False)
    own = _own_folder(resolved, fallback)
    try:
        return _prepared(own, parents=True)
    except OSError as error:
        raise WorkspaceError(f"There is no folder for the state of {resolved.name}: {error.strerror or error}.",
                             f"Make {resolved} or {own.parent} writable.") from error


def existing_state_directory(root: Path, *, fallback: Path | None = None) -> Path | None:
    """The same folder where it is there already, made by nobody: for reading what a person chose before. Blocks."""
    resolved = root.resolve()
    return next((folder for folder in (resolved / FOLDER, _own_folder(resolved, fallback)) if os.path.isdir(folder)), None)


def _own_folder(resolved: Path, fallback: Path | None) -> Path:
    """The folder of the person's own, named after the workspace's path."""
    import hashlib

    base = fallback or Path(platformdirs.user_state_dir(APPLICATION, appauthor=False))
    return base / hashlib.sha256(str(resolved).encode(errors="surrogateescape")).hexdigest()[:16]


def _prepared(folder: Path, *, parents: bool) -> Path:
    folder.mkdir(mode=0o700, parents=parents, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    with tempfile.TemporaryFile(dir=folder):  # proves that it can be written, which its mode alone does not
        return folder
