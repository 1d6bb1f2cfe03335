"""Lay the code over its installed dependencies in one folder, and keep that folder up to date as the code changes.

Without dependencies, it is the package of a folder that differs from what would be deployed (`sources.Source.is_exact`).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from workbench.packages.cancellation import CheckPoint
from workbench.packages.content import Found
from workbench.packages.layers import lay, make_folders, make_room, merge
from workbench.packages.sources import effective_mode
from workbench.packages.store import Entry, Note, Store
from workbench.storage.decoding import decoder_of

OVERLAY_KIND = "stages"
_LAID = "laid.json"
_LOCK = "lock"


class _Laid(msgspec.Struct):
    """The files of the code in the overlay: mode, size and time of change of each. Names are in `_written` form."""

    files: dict[str, tuple[int, int, int]]


def overlaid(store: Store, key: str, files: Sequence[Found], dependencies: Entry | None, check: CheckPoint) -> tuple[Path, int]:
    """The folder with the present files over the dependencies, and its size in bytes. Copies only changed files. Blocks.

    It is the same folder for every state of the code, just as the code's own folder is. Raises SandboxError when the cache cannot
    be written, OSError when the code cannot be read.
    """
    below = dependencies.content if dependencies is not None else None
    entry = store.find(OVERLAY_KIND, key) or _new_overlay(store, key, below, check)
    now = {found.name: found for found in files}
    # Another program may prepare the same function: two updates at once would record files that the other has removed.
    with _alone(entry.content.parent / _LOCK):
        _bring_up_to_date(entry.content, now, below, check)
    size_bytes = sum(found.status.st_size for found in files) + _seen_bytes(dependencies, now)
    store.note_size(OVERLAY_KIND, key, size_bytes)
    return entry.content, size_bytes


def _seen_bytes(dependencies: Entry | None, now: Mapping[str, Found]) -> int:
    """The size of the dependencies' files that no file of the code replaces."""
    if dependencies is None:
        return 0
    return dependencies.note.size_bytes - sum(_size_bytes(dependencies.content / name) for name in now)


def _size_bytes(path: Path) -> int:
    """The size of a file, 0 if there is none."""
    try:
        status = path.lstat()
    except OSError:
        return 0
    return 0 if stat.S_ISDIR(status.st_mode) else status.st_size


def _new_overlay(store: Store, key: str, dependencies: Path | None, check: CheckPoint) -> Entry:
    with store.making() as made:
        if dependencies is not None:
            merge([dependencies], made, linked=[True], check=check)
        return store.keep(OVERLAY_KIND, key, made, Note())


def _bring_up_to_date(overlay: Path, now: Mapping[str, Found], dependencies: Path | None, check: CheckPoint) -> None:
    record = overlay.parent / _LAID
    before = _read(record)
    changed = [found for name, found in now.items() if before.get(name) != _state(found)]
    gone = [name for name in before if name not in now]
    if not changed and not gone:
        return
    unsure = dict.fromkeys((*before, *now), (0, 0, 0))  # matches no file: if this is interrupted, all are copied again next time
    _write(record, unsure)
    for name in gone:
        _take_back(overlay, name, dependencies)
    for found in changed:
        check()
        _lay_code(found, overlay)
    _write(record, {name: _state(found) for name, found in now.items()})


def _read(record: Path) -> dict[str, tuple[int, int, int]]:
    try:
        laid = decoder_of(_Laid).decode(record.read_bytes()).files
        return {os.fsdecode(name.encode("latin-1")): state for name, state in laid.items()}
    except (OSError, ValueError):
        return {}


def _write(record: Path, files: Mapping[str, tuple[int, int, int]]) -> None:
    record.write_bytes(msgspec.json.encode(_Laid({_written(name): state for name, state in files.items()})))


def _written(name: str) -> str:
    """A file's name for JSON: names need not be valid text, so their bytes are stored as Latin-1."""
    return os.fsencode(name).decode("latin-1")


def _state(found: Found) -> tuple[int, int, int]:
    return stat.S_IMODE(found.status.st_mode), found.status.st_size, found.status.st_mtime_ns


def _lay_code(found: Found, overlay: Path) -> None:
    """Copy a file aside and move it into place: an environment that imports it meanwhile finds either the old or the new one."""
    place, aside = overlay / found.name, overlay.parent / "laying"
    aside.unlink(missing_ok=True)
    shutil.copyfile(found.path, aside)
    os.utime(aside, ns=(found.status.st_atime_ns, found.status.st_mtime_ns))
    if os.name == "posix":
        aside.chmod(effective_mode(found.status))
    if place.is_dir():
        make_room(place, overlay)
    make_folders(place.parent, overlay)
    os.replace(aside, place)


def _take_back(overlay: Path, name: str, dependencies: Path | None) -> None:
    """Remove a file of the code, and restore the dependencies' file that it replaced."""
    place = overlay / name
    with suppress(OSError):  # it may be gone: after an interrupted update, every file ever laid counts as present
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()
    for parent in place.parents:
        if parent == overlay or not parent.is_dir() or any(parent.iterdir()):
            break
        parent.rmdir()
    # What the code no longer hides becomes visible again, as it would in a fresh package.
    if dependencies is not None and (dependencies / name).exists():
        lay(dependencies / name, place, root=overlay, link=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock between threads and processes for the block. The system releases it if its holder dies. Blocks."""
    with path.open("ab") as file:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
