"""Keeps unsaved text where a crash cannot reach it, and finds what an earlier window left. Without Qt.

    <folder>/<process id>-<random>/owner.json        who keeps: process id and its start time
    <folder>/<process id>-<random>/<digest>.json     one unsaved text: path, text, version of the file it began from

Every window has a folder of its own, so windows never touch each other's files. A window is alive while a process with
its id *and* start time is, which also holds after `kill -9` and when an id is given out again; one that has ended and only
waits for its parent to notice (a zombie) is not. (psutil, which knows start
times, is imported when there is something to keep or to recover: not in an ordinary start.)
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from pathlib import Path

import msgspec

from workbench.storage.safe_files import Unfit, is_plain_folder, read_regular
from workbench.storage.state_file import decoded

_OWNER = "owner.json"
_OWNER_BYTES = 10_000
_TEXT_BYTES = 200_000_000
"""More than the editor opens."""
_START_TOLERANCE_S = 2.0


class UnsavedText(msgspec.Struct, frozen=True):
    """One text that was not saved. `disk_token` names the version on disk it began from, opaque to the editor."""

    path: str
    text: str
    disk_token: str = ""
    eol: str = "\n"
    encoding: str = "utf-8"
    kept_at_s: float = 0.0
    """When it was written here, in seconds since 1970."""


class RecoveredText(msgspec.Struct, frozen=True):
    """An unsaved text of a window that is gone, and the file it was found in."""

    unsaved: UnsavedText
    file: Path


class _Owner(msgspec.Struct, frozen=True):
    process_id: int
    started_at_s: float


class Recovery:
    """The recovery files of one window. Raises OSError when the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._own = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

    def keep(self, unsaved: UnsavedText) -> None:
        """Write the text, in place of an earlier one of the same path. A reader sees the old or the new, never a part."""
        self._claim()
        stamped = msgspec.structs.replace(unsaved, kept_at_s=time.time())
        _write_atomically(self._file_of(unsaved.path), msgspec.json.encode(stamped))

    def drop(self, path: str) -> None:
        """The text was saved or given up. Nothing happens if none was kept."""
        self._file_of(path).unlink(missing_ok=True)

    def close(self) -> None:
        """The window closes in order: nothing is left to recover."""
        shutil.rmtree(self._own, ignore_errors=True)

    def _claim(self) -> None:
        if not self._own.exists():
            from workbench.storage.processes import begun_s

            self._own.mkdir(parents=True, mode=0o700)
            owner = _Owner(os.getpid(), begun_s(os.getpid()))
            _write_atomically(self._own / _OWNER, msgspec.json.encode(owner))

    def _file_of(self, path: str) -> Path:
        import hashlib  # 2 ms, before anything is unsaved

        return self._own / f"{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"


def recovered(folder: Path) -> list[RecoveredText]:
    """What windows that are gone left, newest first. Files that cannot be read are passed over, empty folders removed."""
    gone = [window for window in _windows(folder) if not _is_alive(window)]
    for window in gone:
        _remove_if_empty(window)
    found = [text for window in gone for text in _texts_of(window)]
    return sorted(found, key=lambda text: text.unsaved.kept_at_s, reverse=True)


def discard(text: RecoveredText) -> None:
    """The text was taken over or is not wanted. The folder of its window goes with its last text."""
    text.file.unlink(missing_ok=True)
    _remove_if_empty(text.file.parent)


def _remove_if_empty(window: Path) -> None:
    """Only with an owner in it: without one, a window may be starting at this moment."""
    if (window / _OWNER).exists() and not _text_files(window):
        shutil.rmtree(window, ignore_errors=True)


def _windows(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if is_plain_folder(path)] if is_plain_folder(folder) else []


def _is_alive(window: Path) -> bool:
    """The owner is written before the first text: texts without a readable owner are those of a damaged folder."""
    import psutil

    from workbench.storage.processes import begun_s

    try:
        owner = decoded(read_regular(window / _OWNER, _OWNER_BYTES), _Owner)
        process = psutil.Process(owner.process_id)
        started_at_s = begun_s(owner.process_id)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):  # ended; its parent has not asked for its status yet
            return False
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, OSError, OverflowError, ValueError, Unfit):
        return False
    return bool(abs(started_at_s - owner.started_at_s) < _START_TOLERANCE_S)


def _texts_of(window: Path) -> list[RecoveredText]:
    found = ((path, _read(path)) for path in _text_files(window))
    return [RecoveredText(unsaved, path) for path, unsaved in found if unsaved]


def _text_files(window: Path) -> list[Path]:
    return [path for path in window.glob("*.json") if path.name != _OWNER]


def _read(path: Path) -> UnsavedText | None:
    try:
        return decoded(read_regular(path, _TEXT_BYTES), UnsavedText)
    except (OSError, Unfit):
        return None


def _write_atomically(path: Path, data: bytes) -> None:
    """Through a private temporary file beside it (mode 0600: code may hold secrets)."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
