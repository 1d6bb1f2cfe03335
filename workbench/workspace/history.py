"""Earlier versions of the files written here, so that nothing a write replaces is lost.

    .workbench/history/<name>-<digest>/path.txt            the file: relative to the workspace, or absolute outside it
    .workbench/history/<name>-<digest>/<time in ns>.<ext>  its content at that time

Keeps what a write replaces (another program may have written it) and what it writes, each content once. Bounds: 50 versions per
file, of which the newest ten are never thinned out; 30 days; files of at most 5 MB; 200 MB in all.
"""

from __future__ import annotations

import re
import stat
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from workbench.model.failures import WorkspaceError
from workbench.model.moments import is_outdated
from workbench.storage.safe_files import Unfit, is_plain_folder, read_regular, write_privately
from workbench.workspace.atomic_file import write_atomically
from workbench.workspace.state_directory import data_folder

MAX_VERSIONS = 50
NEVER_THINNED = 10
MAX_AGE_S = 30 * 24 * 3600.0
MAX_FILE_BYTES = 5_000_000
MAX_TOTAL_BYTES = 200_000_000
_PATH = "path.txt"
_LONGEST_PATH_BYTES = 20_000
_TIME = re.compile("[0-9]{20}")


class Version(msgspec.Struct, frozen=True):
    """One earlier content of a file."""

    file: Path
    """The file in the history folder that holds the content."""
    kept_at_s: float
    """When it was kept, in seconds since 1970."""
    size_bytes: int

    def read(self) -> bytes:
        """Return the content. Raises WorkspaceError if it is no longer there."""
        try:
            return _content(self.file)
        except (OSError, Unfit) as error:
            raise WorkspaceError(f"This version could not be read: {error}.",
                                 "It may have become too old in the meantime.") from error


class History:
    """The earlier versions of one workspace's files. All calls block. Failing to keep a version never prevents a write."""

    def __init__(self, root: Path, top: Path | None = None) -> None:
        """`top` is the folder to keep versions in; None for the default one in the workspace's data folder."""
        self._root = root.resolve()
        self._own_top = top

    def write(self, path: Path, content: bytes) -> None:
        """Write a file atomically and keep what it replaces. Raises WorkspaceError like `write_atomically`."""
        with suppress(OSError):
            self.keep(path, path.read_bytes())
        write_atomically(path, content)
        self.keep(path, content)

    def keep(self, path: Path, content: bytes) -> None:
        """Keep a content of a file, because it is about to be replaced or given up."""
        if len(content) > MAX_FILE_BYTES:
            return
        with suppress(OSError, WorkspaceError, Unfit):
            folder = self._claim(path)
            versions = _versions_in(folder)
            if versions and versions[0].size_bytes == len(content) and _content(versions[0].file) == content:
                return
            # Names are times and give the order, so a clock that was set back must not put a new version before older ones.
            after_ns = int(versions[0].file.stem) if versions else 0
            # Written atomically and readable only by the person; not synced to disk, because the file itself is.
            write_privately(folder / f"{max(time.time_ns(), after_ns + 1):020}{path.suffix}", content, durable=False)
            for surplus in _surplus(_versions_in(folder)):
                surplus.file.unlink(missing_ok=True)

    def versions(self, path: Path) -> tuple[Version, ...]:
        """Return the kept versions of a file, newest first."""
        try:
            return tuple(_versions_in(self._folder_of(path)))
        except (OSError, WorkspaceError):
            return ()

    def follow(self, old: Path, new: Path) -> None:
        """Move the versions of a renamed file, or of all files in a renamed folder."""
        with suppress(OSError, WorkspaceError):
            for folder in self._folders():
                path = self._root / _path_of(folder)
                # A folder whose path cannot be read counts as the root itself, so it is left alone.
                if path != self._root and path.is_relative_to(old):
                    self._move(folder, new if path == old else new / path.relative_to(old))

    def prune(self) -> None:
        """Remove versions older than 30 days, then the oldest ones above 200 MB. Call it on a thread, once after a start."""
        with suppress(OSError, WorkspaceError):
            now_s, left_bytes = time.time(), MAX_TOTAL_BYTES
            found = [version for folder in self._folders() for version in _versions_in(folder)]
            for version in sorted(found, key=lambda version: version.kept_at_s, reverse=True):
                left_bytes -= version.size_bytes
                if is_outdated(version.kept_at_s, now_s, MAX_AGE_S) or left_bytes < 0:
                    version.file.unlink(missing_ok=True)
            for folder in self._folders():
                _remove_if_empty(folder)

    def _folder_of(self, path: Path) -> Path:
        import hashlib  # takes 2 ms, so only once something is written

        name = self._name_of(path)
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._top() / f"{path.name.encode('ascii', 'replace').decode().replace('?', '_')[:60]}-{digest}"

    def _claim(self, path: Path) -> Path:
        folder = self._folder_of(path)
        if not is_plain_folder(folder):
            folder.mkdir(mode=0o700, parents=True)
            write_privately(folder / _PATH, self._name_of(path).encode("utf-8", "surrogatepass"), durable=False)
        return folder

    def _move(self, folder: Path, new: Path) -> None:
        target = self._claim(new)
        for version in _versions_in(folder):
            version.file.rename(target / version.file.name)
        _remove_if_empty(folder)

    def _name_of(self, path: Path) -> str:
        absolute = self._root / path
        return absolute.relative_to(self._root).as_posix() if absolute.is_relative_to(self._root) else absolute.as_posix()

    def _folders(self) -> list[Path]:
        return [folder for folder in self._top().iterdir() if is_plain_folder(folder)] if self._top().is_dir() else []

    def _top(self) -> Path:
        return self._own_top or data_folder(self._root, "history")


def _content(file: Path) -> bytes:
    return read_regular(file, MAX_FILE_BYTES, own=False)


def _path_of(folder: Path) -> str:
    """Return the path of the file whose versions a folder holds; "" if it is not known."""
    try:
        return read_regular(folder / _PATH, _LONGEST_PATH_BYTES, own=False).decode("utf-8", "surrogatepass").replace("\0", "")
    except (OSError, ValueError, Unfit):
        return ""


def _versions_in(folder: Path) -> list[Version]:
    """Return the versions in a folder, newest first: regular files whose name is a time."""
    if not is_plain_folder(folder):
        return []
    found = [(file, file.lstat()) for file in folder.iterdir() if _TIME.fullmatch(file.stem)]
    files = [(file, status.st_size) for file, status in found if stat.S_ISREG(status.st_mode)]
    return [Version(file, int(file.stem) / 1e9, size_bytes) for file, size_bytes in sorted(files, reverse=True)
            if size_bytes <= MAX_FILE_BYTES]


def _surplus(versions: list[Version]) -> list[Version]:
    """Return the versions above the bound: those closest in time to the next newer one, so that bursts are thinned out."""
    kept, surplus = list(versions), []
    while len(kept) > MAX_VERSIONS:
        # Neither the newest ten nor the oldest one, which shows how the file was at first.
        gaps = {index: kept[index - 1].kept_at_s - kept[index].kept_at_s for index in range(NEVER_THINNED, len(kept) - 1)}
        surplus.append(kept.pop(min(gaps, key=lambda index: gaps[index])))
    return surplus


def _remove_if_empty(folder: Path) -> None:
    if is_plain_folder(folder) and not any(file.name != _PATH for file in folder.iterdir()):
        (folder / _PATH).unlink(missing_ok=True)
        folder.rmdir()
