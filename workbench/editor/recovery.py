"""Keeps unsaved text safe from crashes, and finds what an earlier window left behind. Without Qt.

    <folder>/<process id>-<random>/owner.json        the owning window: process ID and its start time
    <folder>/<process id>-<random>/<digest>.json     one unsaved text: path, text, version of the file it is based on

Every window has a folder of its own, so windows never touch each other's files. A window is alive while there is a process
with its ID *and* start time, which stays correct after `kill -9` and when an ID is reused; a process that has ended but was not
yet reaped by its parent (a zombie) does not count. psutil, which knows start times, is imported only when there is something to
keep or to recover, because an ordinary start does not need it.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import msgspec

from workbench.storage.safe_files import Unfit, is_plain_folder, read_regular
from workbench.storage.state_file import decoded
from workbench.storage.whole_files import write_whole

_OWNER = "owner.json"
_OWNER_BYTES = 10_000
"""Files are read up to a limit, because a damaged one must not fill the memory."""
_TEXT_BYTES = 200_000_000
"""Above the size of any file that the editor opens."""
_START_TOLERANCE_S = 2.0


class UnsavedText(msgspec.Struct, frozen=True):
    """A text that was not saved. `disk_token` names the version on disk it is based on; opaque to the editor."""

    path: str
    text: str
    disk_token: str = ""
    eol: str = "\n"
    encoding: str = "utf-8"
    kept_at_s: float = 0.0
    """When it was written to the recovery folder, in seconds since 1970."""


class RecoveredText(msgspec.Struct, frozen=True):
    """An unsaved text from a window that no longer runs, and the recovery file that holds it."""

    unsaved: UnsavedText
    file: Path


class _Owner(msgspec.Struct, frozen=True):
    process_id: int
    started_at_s: float


class Recovery:
    """The recovery files of one window. Methods raise OSError if the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._own = folder / f"{os.getpid()}-{os.urandom(4).hex()}"

    def keep(self, unsaved: UnsavedText) -> None:
        """Write the text, replacing an earlier one for the same path. Readers see the old or the new one, never a part."""
        self._claim()
        stamped = msgspec.structs.replace(unsaved, kept_at_s=time.time())
        write_whole(self._file_of(unsaved.path), msgspec.json.encode(stamped), durable=False)

    def drop(self, path: str) -> None:
        """Remove the text for a path, because it was saved or given up. Does nothing if there is none."""
        self._file_of(path).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything: the window is closing normally, so there is nothing to recover."""
        shutil.rmtree(self._own, ignore_errors=True)

    def _claim(self) -> None:
        if not self._own.exists():
            from workbench.storage.processes import begun_s

            self._own.mkdir(parents=True, mode=0o700)
            owner = _Owner(os.getpid(), begun_s(os.getpid()))
            write_whole(self._own / _OWNER, msgspec.json.encode(owner), durable=False)

    def _file_of(self, path: str) -> Path:
        import hashlib  # takes 2 ms, so only once something is unsaved

        return self._own / f"{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"


def recovered(folder: Path) -> list[RecoveredText]:
    """Return what windows that no longer run left behind, newest first. Skips unreadable files and removes empty folders."""
    gone = [window for window in _windows(folder) if not _is_alive(window)]
    for window in gone:
        _remove_if_empty(window)
    found = [text for window in gone for text in _texts_of(window)]
    return sorted(found, key=lambda text: text.unsaved.kept_at_s, reverse=True)


def discard(text: RecoveredText) -> None:
    """Remove a text that was restored or is not wanted. The folder of its window is removed with its last text."""
    text.file.unlink(missing_ok=True)
    _remove_if_empty(text.file.parent)


def _remove_if_empty(window: Path) -> None:
    """Remove a window's folder if it has no texts. One without an owner is kept while its window may just be starting."""
    if not _text_files(window) and ((window / _OWNER).exists() or not _may_be_starting(window)):
        shutil.rmtree(window, ignore_errors=True)


def _may_be_starting(window: Path) -> bool:
    """Whether the process that the folder is named after runs: it may be about to write its owner, and was not killed before."""
    import psutil

    process_id = window.name.partition("-")[0]
    return not (process_id.isdecimal() and len(process_id) < 10) or psutil.pid_exists(int(process_id))


def _windows(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if is_plain_folder(path)] if is_plain_folder(folder) else []


def _is_alive(window: Path) -> bool:
    """Whether the window runs. The owner is written before the first text, so without a readable one the folder is damaged."""
    import psutil

    from workbench.storage.processes import begun_s

    try:
        owner = decoded(read_regular(window / _OWNER, _OWNER_BYTES), _Owner)
        process = psutil.Process(owner.process_id)
        started_at_s = begun_s(owner.process_id)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):  # ended, but not yet reaped by its parent
            return False
    except psutil.AccessDenied:  # it exists, and taking the texts of a running window would be worse than leaving them
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
