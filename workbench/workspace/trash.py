"""Deleted functions and events, kept so that they can be restored, even after a restart and from the command line.

    .workbench/trash/<time>-<name>/manifest.json   what it was, where it was, and the template before and after
    .workbench/trash/<time>-<name>/<number>/<name> each file or folder that was deleted with it

The trash is the workspace's own and not the system's: an undo has to find exactly what was deleted and restore the template's
entry with it, which no system trash supports; containers, root without a home and other file systems have none; and a move
within one file system is atomic. Entries older than 30 days, and the oldest above 1 GB, are removed, as are all by `empty`. They
then go to the system's trash if there is one, so that even this can be undone.
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
"""The maximum size of a manifest, which contains the template's text twice."""


class TrashedFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A deleted file or folder: `original` is its old path (absolute if outside the workspace), `kept` its path in the entry."""

    original: str
    kept: str


class TrashEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One deletion."""

    id: str
    """The name of its folder in the trash."""
    kind: Literal["function", "event"]
    name: str
    """The logical ID, or the event's name."""
    deleted_at_s: Annotated[float, msgspec.Meta(ge=0, le=1e11)]
    """In seconds since 1970."""
    files: tuple[TrashedFile, ...] = ()
    template: TemplateCut | None = None


class Trash:
    """The trash of one workspace. All calls block, and raise WorkspaceError if a file operation fails."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, kind: Literal["function", "event"], name: str, paths: Sequence[Path],
            template: TemplateCut | None = None) -> TrashEntry:
        """Move files and folders to the trash. If that fails, all of them are back in their places."""
        now_s = time.time()
        entry = TrashEntry(
            id=self._free_id(now_s, name), kind=kind, name=name, deleted_at_s=now_s, template=template,
            files=tuple(TrashedFile(original=self._name_of(path), kept=f"{n}/{path.name}") for n, path in enumerate(paths)))
        self._write_manifest(entry)  # first, so that files already moved can be restored if we are killed
        try:
            self._take(entry)
        except WorkspaceError:
            self._drop(entry)
            raise
        return entry

    def entries(self) -> tuple[TrashEntry, ...]:
        """Return the deletions, newest first, without those that cannot be read."""
        found = [self._read(folder) for folder in self._folders()]
        return tuple(sorted((entry for entry in found if entry), key=lambda entry: entry.deleted_at_s, reverse=True))

    def entry(self, entry_id: str) -> TrashEntry:
        """Return a deletion by its ID, or the newest one of a function or event by name.

        Raises WorkspaceError if there is none, or if it came with a clone and names files outside the workspace.
        """
        found = next((entry for entry in self.entries() if entry_id in (entry.id, entry.name)), None)
        if found is None:
            raise WorkspaceError(f"The trash has no “{entry_id}”.", "`workbench trash list` shows what is in it.")
        self._check(found)
        return found

    def is_in_the_way_of(self, entry: TrashEntry) -> bool:
        """Whether something now exists where one of the entry's files was."""
        return any(os.path.lexists(self._root / file.original) for file in entry.files)

    def take_back(self, entry: TrashEntry) -> list[tuple[Path, Path]]:
        """Move an entry's files back without overwriting anything: if a name is taken, the file gets a free one beside it.

        Returns each file's original path and its path now. The entry itself stays until `forget`.
        """
        done: list[tuple[Path, Path]] = []
        try:
            for file in entry.files:
                source, original = self._kept(entry, file), self._root / file.original
                if os.path.lexists(source):  # else it was moved back by hand, or before an interruption
                    target = free_place(original)
                    _move(source, target)
                    done.append((original, target))
        except WorkspaceError:
            self.put_back(entry, done)
            raise
        return done

    def put_back(self, entry: TrashEntry, done: Sequence[tuple[Path, Path]]) -> None:
        """Undo `take_back`, because the rest of a restoration failed. `done` is what `take_back` returned."""
        kept = {str(self._root / file.original): self._kept(entry, file) for file in entry.files}
        for original, target in reversed(done):
            _move(target, kept[str(original)])
            with suppress(OSError):
                target.parent.rmdir()  # removes a folder created by take_back; fails harmlessly for any other

    def forget(self, entry: TrashEntry) -> None:
        """Remove an entry that has been restored completely."""
        shutil.rmtree(self._top() / entry.id, ignore_errors=True)

    def empty(self) -> int:
        """Move everything to the system's trash, or delete it for good if there is none; return the number of entries."""
        folders = self._folders()
        for folder in folders:
            _give_away(folder)
        return len(folders)

    def prune(self) -> None:
        """Remove entries that exceed the bounds of age and size. Call it on a thread, once after a start."""
        now_s, left_bytes = time.time(), MAX_TOTAL_BYTES
        with suppress(OSError, WorkspaceError):
            for entry in self.entries():
                folder = self._top() / entry.id
                # `entries` is newest first, so those that exceed the total are the oldest.
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
        """Remove an entry whose deletion failed, unless it still holds files."""
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
        # The folder may have come with a clone. Names are shown in terminals, where control characters could act; the ID, from
        # which paths are made, is the folder's own name and not what the manifest claims.
        is_sound = folder.name.isprintable() and entry.name.isprintable() and all(is_kept_name(file.kept) for file in entry.files)
        return msgspec.structs.replace(entry, id=folder.name) if is_sound else None

    def _manifest(self, folder: Path) -> bytes:
        return read_regular(folder / _MANIFEST, _LIMIT_BYTES, own=False)

    def _check(self, entry: TrashEntry) -> None:
        """Raise WorkspaceError for an entry that must not be restored, because the folder may have come from anywhere."""
        try:
            check_bounds(self._root, entry.id, self._manifest(self._top() / entry.id), _named_by(entry))
        except (OSError, Unfit) as error:
            raise WorkspaceError(f"{entry.name} cannot be restored: its manifest {error}.") from error

    def _kept(self, entry: TrashEntry, file: TrashedFile) -> Path:
        """Return the path of an entry's file in the trash. Raises WorkspaceError if one of the entry's folders is a link."""
        place = self._top() / entry.id / file.kept
        # A clone's trash could link these folders to anywhere, and restoring would then move the person's other files.
        for folder in (place.parent, place.parent.parent):
            if os.path.lexists(folder) and not is_plain_folder(folder):
                raise WorkspaceError(f"{folder} is a link or not a folder.", "Move it away.")
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
    """Return every path that restoring the entry would write to."""
    return [file.original for file in entry.files] + ([entry.template.path] if entry.template else [])


def free_place(path: Path) -> Path:
    """Return the path itself, or the first of name-2, name-3 ... that does not exist."""
    number, place = 1, path
    while os.path.lexists(place):
        number += 1
        place = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return place


def _move(source: Path, target: Path) -> None:
    """Move a file or folder: atomically within a file system, otherwise by copying it completely before removing it."""
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
