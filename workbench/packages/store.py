"""A cache of folders by hash. Entries are made aside and renamed into place, so an entry is either complete or absent."""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from workbench.model.engine_api import CacheKind, CacheReport
from workbench.model.failures import SandboxError
from workbench.model.left_out import CACHE_FILE
from workbench.packages.cancellation import remove_folder
from workbench.packages.leases import leased
from workbench.storage.decoding import decoder_of

_MAKING = "making"
_NOTE = "entry.json"
_CONTENT = "content"
LEASES = "in-use"
_HOUR_S = 3_600
_DAY_S = 86_400
MAX_SIZE_MB = 5_120
"""The limit of the cache's size, as the sum of its entries' unzipped sizes. It is exceeded only while everything is in use."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an entry: its unzipped size, notices for each use, and files that Lambda's user cannot read."""

    size_bytes: int = 0
    notices: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True):
    """A complete entry: the folder with its content (do not write to it) and its note."""

    content: Path
    note: Note


class Store:
    """The entries in a folder, each with a kind ("zip", "layers", "python") and a key (a hash).

    Threads and processes may share the folder: if two make the same entry, the first one wins. All calls block.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, kind: str, key: str) -> Entry | None:
        """The entry, marked as used now; None if there is none."""
        place = self._place(kind, key)
        try:
            note = decoder_of(Note).decode((place / _NOTE).read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None
        # The note's modification time is the entry's time of last use, by which `prune` chooses.
        with suppress(OSError):  # a read-only cache works too
            os.utime(place / _NOTE)
        return Entry(place / _CONTENT, note)

    @contextmanager
    def making(self) -> Iterator[Path]:
        """Yield a fresh folder for an entry's content. Deletes whatever is left of it at the end of the block.

        Raises SandboxError when the cache cannot be written.
        """
        aside = self.aside()
        try:
            yield aside / _CONTENT
        finally:
            remove_folder(aside)

    def aside(self) -> Path:
        """The folder that contains the one of `making`, for callers that must delete it off the loop themselves."""
        try:
            (self.folder / _MAKING).mkdir(parents=True, exist_ok=True)
            # Marks the folder as a cache, which packaging leaves out. Inside someone's code it would otherwise be copied into
            # itself.
            (self.folder / CACHE_FILE).touch()
            aside = Path(tempfile.mkdtemp(dir=self.folder / _MAKING))
            (aside / _CONTENT).mkdir()
        except OSError as error:
            raise SandboxError(f"The cache {self.folder} cannot be written: {error.strerror or error}.",
                               "Check that the folder is writable and has space.") from error
        return aside

    def lock_file(self, kind: str, key: str) -> Path:
        """The lock file held by the program that makes this entry. Raises SandboxError when the cache cannot be written."""
        try:
            (self.folder / _MAKING).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SandboxError(f"The cache {self.folder} cannot be written: {error.strerror or error}.",
                               "Check that the folder is writable and has space.") from error
        return self.folder / _MAKING / f"{kind}-{key[:40]}.lock"

    def keep(self, kind: str, key: str, content: Path, note: Note) -> Entry:
        """Move content made in a folder from `making` into place. If another was faster, returns the other's entry.

        Raises SandboxError when the cache cannot be written.
        """
        place = self._place(kind, key)
        aside = content.parent
        _open_folders(aside)
        try:
            (aside / _NOTE).write_bytes(msgspec.json.encode(note))
            place.parent.mkdir(parents=True, exist_ok=True)
            # A rename never replaces a folder with content: it fails if another thread or program was faster.
            os.rename(aside, place)
        except OSError as error:
            there = self.find(kind, key)
            if there is None:
                raise SandboxError(f"The cache {self.folder} cannot be written: {error.strerror or error}.",
                                   "Check that the folder is writable and has space.") from error
            return there
        return Entry(place / _CONTENT, note)

    def note_size(self, kind: str, key: str, size_bytes: int) -> None:
        """Record the size of an entry whose content changes, like an overlay's."""
        entry = self.find(kind, key)
        if entry is None or entry.note.size_bytes == size_bytes:
            return
        note = msgspec.structs.replace(entry.note, size_bytes=size_bytes)
        # Replaced, not overwritten: a concurrent `find` must not read half a note.
        aside = entry.content.parent / f"{_NOTE}.new"
        with suppress(OSError):
            aside.write_bytes(msgspec.json.encode(note))
            os.replace(aside, entry.content.parent / _NOTE)

    def report(self) -> CacheReport:
        """The number and size of entries per kind, the largest kind first. Files shared by hard links count for each entry."""
        counted: dict[str, list[int]] = {}
        for _, size_bytes, place in self._entries():
            counted.setdefault(place.parent.name, []).append(size_bytes)
        kinds = [CacheKind(kind=kind, entries=len(sizes), size_bytes=sum(sizes)) for kind, sizes in counted.items()]
        kinds.sort(key=lambda each: (-each.size_bytes, each.kind))
        return CacheReport(folder=str(self.folder), limit_bytes=MAX_SIZE_MB * 1_048_576, kinds=tuple(kinds))

    def prune(self, *, max_age_s: float = 30 * _DAY_S, max_size_mb: int = MAX_SIZE_MB, spare_s: float = _HOUR_S) -> int:
        """Delete entries unused for `max_age_s`, then the longest unused until the rest fits. Returns the number deleted.

        Keeps entries that a living program uses, and those used within `spare_s`: an environment that is about to end may still
        run from them. Also removes leftovers of unfinished entries that are more than a day old.
        """
        now = time.time()
        self._clear_leftovers(now)
        entries = sorted(self._entries())
        total_bytes = sum(size for _, size, _ in entries)
        in_use = leased(self.folder / LEASES)
        gone = 0
        for used_at, size_bytes, place in entries:
            age_s = now - used_at
            fits = age_s <= max_age_s and total_bytes <= max_size_mb * 1_048_576
            # abs: an entry from the future (the clock was ahead when it was used) would otherwise be spared until then.
            if fits or abs(age_s) < spare_s or self.name_of(place) in in_use:
                continue
            if self._delete(place):
                total_bytes -= size_bytes
                gone += 1
        return gone

    def clear(self) -> int:
        """Delete all entries that no living program uses. Returns the number deleted."""
        return self.prune(max_age_s=-math.inf, spare_s=-math.inf)

    def name_of(self, path: Path) -> str:
        """The name ("kind/key") of the entry that contains a path, "" for paths outside the store."""
        try:
            parts = path.relative_to(self.folder).parts
        except ValueError:
            return ""
        return "/".join(parts[:2]) if len(parts) > 1 else ""

    def _place(self, kind: str, key: str) -> Path:
        return self.folder / kind / key[:40]

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        for note in self.folder.glob(f"*/*/{_NOTE}"):
            if note.parent.parent.name in (_MAKING, LEASES):
                continue
            with suppress(OSError, msgspec.MsgspecError):
                size_bytes = decoder_of(Note).decode(note.read_bytes()).size_bytes
                yield note.stat().st_mtime, size_bytes, note.parent

    def _delete(self, place: Path) -> bool:
        """Rename the entry away before deleting it, so that nobody finds half of one. Returns whether that was possible."""
        try:
            aside = Path(tempfile.mkdtemp(dir=self.folder / _MAKING))
            os.rename(place, aside / "gone")
        except OSError:
            return False
        remove_folder(aside)
        return True

    def _clear_leftovers(self, now: float) -> None:
        """Delete folders of unfinished entries. Those younger than a day may belong to a program that is still making them."""
        with suppress(OSError):
            (self.folder / _MAKING).mkdir(parents=True, exist_ok=True)
            for leftover in (self.folder / _MAKING).iterdir():
                # abs, as in `prune`: leftovers from the future must not stay until then.
                if abs(now - leftover.stat().st_mtime) > _DAY_S:
                    remove_folder(leftover)


def _open_folders(root: Path) -> None:
    """Make folders accessible to everyone, whatever the umask is: in a container the function runs as another user."""
    if os.name == "posix":  # also because mkdtemp made the root with mode 0700
        for parent, _, _ in os.walk(root):
            os.chmod(parent, 0o755)  # noqa: S103 - as in a deployment package
