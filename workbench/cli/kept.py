"""`workbench trash` and `workbench history`: list and restore what was deleted or replaced."""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.model.failures import WorkspaceError
from workbench.model.moments import local_time
from workbench.workspace.history import History, Version
from workbench.workspace.state_directory import FOLDER
from workbench.workspace.trash import Trash, TrashEntry
from workbench.workspace.workspace import Workspace

NOTHING_DELETED = "The trash of this workspace is empty.\n"


def list_trash(workspace: Path) -> int:
    """Print what was deleted, newest first: id, kind, name and files. Returns exit status 0."""
    entries = Trash(workspace).entries()
    sys.stdout.write("".join(_line(entry) for entry in entries) or NOTHING_DELETED)
    return 0


def restore_from_trash(workspace: Path, wanted: str) -> int:
    """Restore a deletion by its id, or the latest one of a name. Returns exit status 0; raises WorkbenchError."""
    restored = Workspace.open(workspace).restore(wanted)
    files = "".join(f"  {_shown(path, workspace)}\n" for path in restored.files)
    sys.stdout.write(f"{restored.entry.name} is back. {restored.note}".rstrip() + f"\n{files}")
    return 0


def empty_trash(workspace: Path) -> int:
    """Move everything to the system's trash; where there is none, delete it permanently. Returns exit status 0."""
    number = Trash(workspace).empty()
    sys.stdout.write(f"{number} deletion{'' if number == 1 else 's'} left the trash.\n" if number else NOTHING_DELETED)
    return 0


def show_history(file: Path, workspace: Path | None, version: int) -> int:
    """Print the times of a file's earlier versions, or the content of one: version 1 is the newest, 0 lists them.

    `workspace` None stands for the nearest folder above the file that has a workspace's state. Returns exit status 0; raises
    WorkspaceError when there is no such workspace or version.
    """
    versions = History(workspace or _workspace_of(file)).versions(file)
    if not 0 <= version <= len(versions):
        raise WorkspaceError(f"{file.name} has {len(versions)} earlier versions, not {version}.", "List them without --show.")
    if version:
        sys.stdout.buffer.write(versions[version - 1].read())
        sys.stdout.buffer.flush()
    else:
        lines = (_version_line(number, one) for number, one in enumerate(versions, start=1))
        sys.stdout.write("".join(lines) or f"{file.name} has no earlier versions.\n")
    return 0


def _line(entry: TrashEntry) -> str:
    files = ", ".join(file.original for file in entry.files)
    return f"{entry.id}  {entry.kind} {entry.name}{f'  ({files})' if files else ''}\n"


def _version_line(number: int, version: Version) -> str:
    moment = local_time(version.kept_at_s).strftime("%Y-%m-%d %H:%M:%S")
    return f"{number:3}  {moment}  {version.size_bytes:,} bytes\n"


def _workspace_of(file: Path) -> Path:
    found = next((folder for folder in file.parents if (folder / FOLDER).is_dir()), None)
    if found is None:
        raise WorkspaceError(f"{file.name} is not in a workspace that was opened here.", "Name the workspace with -w.")
    return found


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
