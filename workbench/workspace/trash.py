"""Deleted functions and events, kept so that they can be brought back: after a restart and from the command line too.

    .workbench/trash/<time>-<name>/manifest.json   what it was, where from, and what the template was before and after
    .workbench/trash/<time>-<name>/<number>/<name> each file or folder that went with it

The trash is the workspace's own, not the system's: an undo has to find again exactly what was deleted and put the template's
entry back with it, which no system's trash can tell; a container, a root without a home or another file system has none; and a
move within one file system is one step. Entries older than 30 days and the oldest above 1 GB leave it, and `empty` empties it:
then they go to the system's trash where there is one, so that even that is no end.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.model.moments import is_outdated, local_time
from workbench.storage.safe_files import Unfit, is_plain_folder, read_regular, write_privately
from workbench.storage.state_file import decoded
from workbench.workspace.state_directory import data_folder
from workbench.workspace.template_restore import TemplateCut
from workbench.workspace.trash_bounds import check_bounds, is_inside, is_kept_name, note_outside

MAX_AGE_S = 30 * 24 * 3600.0
MAX_TOTAL_BYTES = 1_000_000_000
_MANIFEST = "manifest.json"
_LIMIT_BYTES = 20_000_000
"""A manifest has the template twice."""


class TrashedFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file or folder: where it was (relative to the workspace, or absolute outside it) and where it is in the entry."""

    original: str
    kept: str


class TrashEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One deletion."""

    id: str
    """Its folder's name."""
    kind: Literal["function", "event"]
    name: str
    """The logical id, or the event's name."""
    deleted_at_s: Annotated[float, msgspec.Meta(ge=0, le=1e11)]
    """In seconds since 1970."""
    files: tuple[TrashedFile, ...] = ()
    template: TemplateCut | None = None


class Trash:
    """The trash of one workspace. All calls block and raise WorkspaceError when the disk does not play along."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, kind: Literal["function", "event"], name: str, paths: Sequence[Path],
            template: TemplateCut | None = None) -> TrashEntry:
        """Move files and folders here. All of them are where they were when it fails."""
        now_s = time.time()
        entry = TrashEntry(
            id=self._free_id(now_s, name), kind=kind, name=name, deleted_at_s=now_s, template=template,
            files=tuple(TrashedFile(original=self._name_of(path), kept=f"{n}/{path.name}") for n, path in enumerate(paths)))
        self._write_manifest(entry)  # first: what was moved when we are killed can be brought back
        try:
            self._take(entry)
        except WorkspaceError:
            self._drop(entry)
            raise
        return entry

    def entries(self) -> tuple[TrashEntry, ...]:
        """What was deleted, newest first. What cannot be read is passed over."""
        found = [self._read(folder) for folder in self._folders()]
        return tuple(sorted((entry for entry in found if entry), key=lambda entry: entry.deleted_at_s, reverse=True))

    def entry(self, entry_id: str) -> TrashEntry:
        """One deletion by its id, or the newest of a function or event by name.

        Raises WorkspaceError when there is none, and for one that was brought along and names what is not the workspace's.
        """
        found = next((entry for entry in self.entries() if entry_id in (entry.id, entry.name)), None)
        if found is None:
            raise WorkspaceError(f"The trash has no “{entry_id}”.", "`workbench trash list` shows what it has.")
        self._check(found)
        return found

    def is_in_the_way_of(self, entry: TrashEntry) -> bool:
        """Whether something is where a file of the entry was."""
        return any(os.path.lexists(self._root / file.original) for file in entry.files)

    def take_back(self, entry: TrashEntry) -> list[tuple[Path, Path]]:
        """Move an entry's files back; never over others: what is in the way stays, and the file comes to a free name beside it.

        Gives for each where it was and where it is now. The entry itself stays until `forget`.
        """
        done: list[tuple[Path, Path]] = []
        try:
            for file in entry.files:
                source, original = self._kept(entry, file), self._root / file.original
                if os.path.lexists(source):
                    target = free_place(original)
                    _move(source, target)
                    done.append((original, target))
        except WorkspaceError:
            self.put_back(entry, done)
            raise
        return done

    def put_back(self, entry: TrashEntry, done: Sequence[tuple[Path, Path]]) -> None:
        """Undo `take_back`: the rest of a restoration failed."""
        kept = {str(self._root / file.original): self._kept(entry, file) for file in entry.files}
        for original, target in reversed(done):
            _move(target, kept[str(original)])
            with suppress(OSError):
                target.parent.rmdir()  # if it was made for this

    def forget(self, entry: TrashEntry) -> None:
        """Everything of an entry was brought back."""
        shutil.rmtree(self._top() / entry.id, ignore_errors=True)

    def empty(self) -> int:
        """Give everything to the system's trash, or where there is none delete it for good; the number of entries."""
        folders = self._folders()
        for folder in folders:
            _give_away(folder)
        return len(folders)

    def prune(self) -> None:
        """Let what is too old or too much go. For a thread, once after a start."""
        now_s, left_bytes = time.time(), MAX_TOTAL_BYTES
        with suppress(OSError, WorkspaceError):
            for entry in self.entries():
                folder = self._top() / entry.id
                left_bytes -= sum(path.lstat().st_size for path in folder.rglob("*"))
                if is_outdated(entry.deleted_at_s, now_s, MAX_AGE_S) or left_bytes < 0:
                    _give_away(folder)

    def _take(self, entry: TrashEntry) -> None:
        done: list[TrashedFile] = []
        try:
            for file in entry.files:
                _move(self._root / file.original, self._top() / entry.id / file.kept)
                done.append(file)
        except WorkspaceError:
            for file in reversed(done):
                _move(self._top() / entry.id / file.kept, self._root / file.original)
            raise

    def _drop(self, entry: TrashEntry) -> None:
        """Remove an entry that came to nothing; never one that holds something."""
        folder = self._top() / entry.id
        if not any(path.is_file() and path.name != _MANIFEST for path in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)

    def _write_manifest(self, entry: TrashEntry) -> None:
        folder = self._top() / entry.id
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise _failed(f"{entry.name} could not be moved to the trash", error) from error
        manifest = msgspec.json.format(msgspec.json.encode(entry))
        try:
            write_privately(folder / _MANIFEST, manifest)
            if not all(is_inside(self._root, path) for path in _named_by(entry)):
                note_outside(self._root, entry.id, manifest)
        except OSError as error:
            raise _failed(f"{entry.name} could not be moved to the trash", error) from error

    def _read(self, folder: Path) -> TrashEntry | None:
        try:
            entry = decoded(self._manifest(folder), TrashEntry)
        except (OSError, Unfit):
            return None
        is_sound = folder.name.isprintable() and entry.name.isprintable() and all(is_kept_name(file.kept) for file in entry.files)
        return msgspec.structs.replace(entry, id=folder.name) if is_sound else None

    def _manifest(self, folder: Path) -> bytes:
        return read_regular(folder / _MANIFEST, _LIMIT_BYTES, own=False)

    def _check(self, entry: TrashEntry) -> None:
        """Raises WorkspaceError for what must not be brought back: the folder may have come from anywhere."""
        try:
            check_bounds(self._root, entry.id, self._manifest(self._top() / entry.id), _named_by(entry))
        except (OSError, Unfit) as error:
            raise WorkspaceError(f"{entry.name} cannot be brought back: its manifest {error}.") from error

    def _kept(self, entry: TrashEntry, file: TrashedFile) -> Path:
        """Where a file of an entry is. Raises WorkspaceError where a link stands for the entry's folders."""
        place = self._top() / entry.id / file.kept
        for folder in (place.parent, place.parent.parent):
            if os.path.lexists(folder) and not is_plain_folder(folder):
                raise WorkspaceError(f"{folder} is a link or no folder.", "Move it away.")
        return place

    def _free_id(self, now_s: float, name: str) -> str:
        moment = local_time(now_s).strftime("%Y%m%d-%H%M%S")
        wish = f"{moment}-{re.sub(r'[^A-Za-z0-9._-]', '_', name)[:60]}"
        return free_place(self._top() / wish).name

    def _folders(self) -> list[Path]:
        top = self._top()
        return [folder for folder in top.iterdir() if is_plain_folder(folder)] if top.is_dir() else []

    def _name_of(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.as_posix()

    def _top(self) -> Path:
        return data_folder(self._root, "trash")


def _named_by(entry: TrashEntry) -> list[str]:
    """Every path that bringing it back would write to."""
    return [file.original for file in entry.files] + ([entry.template.path] if entry.template else [])


def free_place(path: Path) -> Path:
    """The path itself, or the first of name-2, name-3 ... at which nothing is."""
    number, place = 1, path
    while os.path.lexists(place):
        number += 1
        place = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return place


def _move(source: Path, target: Path) -> None:
    """One step within a file system, else a whole copy before the original goes."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except (OSError, shutil.Error) as error:
        raise _failed(f"{source.name} could not be moved to {target.parent}", error) from error


def _give_away(folder: Path) -> None:
    try:
        from send2trash import send2trash

        send2trash(folder)
    except (ImportError, OSError):
        shutil.rmtree(folder, ignore_errors=True)


def _failed(what: str, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"{what}: {error.strerror or error}.", "Close programs that use it, and check that there is space.")
