"""A person's own events: plain JSON files in `events/` and `events/<function>/`, their bytes kept as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.atomic_file import create_exclusively, write_atomically
from workbench.workspace.code_folders import EVENTS_FOLDER

MAX_EVENTS = 2_000
EVENT_LIMIT_BYTES = 64 << 20
"""Ten times what Lambda takes."""
EMPTY_EVENT = "/"
"""Stands for "no file, send {}" among the events' names, of which none can be a slash."""
_NAME = re.compile(r"[^\x00-\x1f/\\:*?\"<>|]{1,100}")
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class EventFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event on disk. `name` is its path below events/ without .json and with forward slashes: `hello`, `Hello/first`."""

    name: str
    path: str
    function: str = ""
    """The folder it lies in, by custom the logical id of the function it is for; "" for events that suit all."""
    size_bytes: int = 0
    modified_ns: int = 0


class EventFiles:
    """The events of one workspace. Every call reads the disk; all block and raise WorkspaceError when it fails.

    Names are checked: InvalidInput for one that leaves the folder or cannot be a file name on every system.
    """

    def __init__(self, root: Path, write: Callable[[Path, bytes], None] = write_atomically) -> None:
        """`write` replaces a file in one step."""
        self._folder = root / EVENTS_FOLDER
        self._write = write

    def list(self, function: str | None = None) -> tuple[EventFile, ...]:
        """All events by name, or those for one function: the common ones and those in its folder. At most 2,000."""
        try:
            paths = sorted(self._paths(), key=lambda path: path.relative_to(self._folder).as_posix().casefold())
            files = [self._describe(path) for path in paths[:MAX_EVENTS] if path.exists()]
        except OSError as error:
            raise _failed("The folder events could not be read", error) from error
        own = function and function.rpartition("/")[2]
        return tuple(file for file in files if own is None or file.function in ("", own))

    def read(self, name: str) -> bytes:
        """The event's bytes as they are in the file, valid JSON or not."""
        try:
            return read_bounded(self._path(name), EVENT_LIMIT_BYTES)
        except OSError as error:
            raise _failed(f"The event {name} could not be read", error) from error

    def save(self, name: str, content: bytes) -> EventFile:
        """Write the event in one step, new or not."""
        path = self._path(name)
        self._make_folder(path.parent)
        self._write(path, content)
        return self._describe(path)

    def save_new(self, wish: str, content: bytes) -> EventFile:
        """Write a new event under the name, or under the next free one (`hello-2`); never over another event."""
        while True:
            path = self._path(self.free_name(wish))
            self._make_folder(path.parent)
            try:
                create_exclusively(path, content)
            except FileExistsError:
                continue
            return self._describe(path)

    def free_name(self, wish: str) -> str:
        """The name itself, or with -2, -3 ... behind it when there is such an event (letter case does not count)."""
        self._path(wish)
        taken = {file.name.casefold() for file in self.list()}
        number, name = 1, wish
        while name.casefold() in taken or os.path.lexists(self._path(name)):
            number += 1
            name = f"{wish}-{number}"
        return name

    def rename(self, name: str, new_name: str) -> EventFile:
        """Rename or move the event. Raises InvalidInput when the new name is taken."""
        source, target = self._path(name), self._path(new_name)
        if os.path.lexists(target) and not (source.exists() and source.samefile(target)):
            raise InvalidInput(f"There is an event {new_name} already.", "Choose another name.")
        self._make_folder(target.parent)
        try:
            source.rename(target)
        except OSError as error:
            raise _failed(f"The event {name} could not be renamed", error) from error
        return self._describe(target)

    def path_of(self, name: str) -> Path:
        """The file of an event that is there. Raises WorkspaceError when there is none."""
        path = self._path(name)
        if not path.is_file():
            raise WorkspaceError(f"There is no event {name}.", "Reload the list of events.")
        return path

    def folder_of(self, function: str) -> Path:
        """Where the events of one function are, if it has some of its own: under its logical id, without the stack's path."""
        return self._folder / function.rpartition("/")[2]

    def _paths(self) -> tuple[Path, ...]:
        if not self._folder.is_dir():
            return ()
        found = [*self._folder.glob("*.json"), *self._folder.glob("*/*.json")]
        return tuple(path for path in found if path.is_file() and self._is_inside(path) and not any(
            part.startswith(".") for part in path.relative_to(self._folder).parts))

    def _is_inside(self, path: Path) -> bool:
        """Whether the path stays in the folder when links are followed: a foreign workspace must not reach other files."""
        return path.resolve().is_relative_to(self._folder.resolve())

    def _describe(self, path: Path) -> EventFile:
        status = path.stat()
        relative = path.relative_to(self._folder)
        function = relative.parent.as_posix() if len(relative.parts) > 1 else ""
        return EventFile(name=relative.as_posix().removesuffix(".json"), path=str(path), function=function,
                         size_bytes=status.st_size, modified_ns=status.st_mtime_ns)

    def _path(self, name: str) -> Path:
        """The file of a name. Raises InvalidInput for a name that is not one or two safe parts."""
        parts = PurePosixPath(name).parts
        if not 1 <= len(parts) <= 2 or "/".join(parts) != name or not all(map(_is_safe, parts)):
            raise InvalidInput(f"“{name}” cannot be the name of an event.",
                               "Use letters, digits, spaces, - and _; at most one / for the function it belongs to.")
        path = self._folder / f"{name}.json"
        if not self._is_inside(path):
            raise InvalidInput(f"“{name}” lies outside the folder events.", "Choose a name inside it.")
        return path

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _failed(f"The folder {folder.name} could not be created", error) from error


def _is_safe(part: str) -> bool:
    plain = part == part.strip() and not part.startswith(".") and not part.endswith(".")
    return plain and bool(_NAME.fullmatch(part)) and not _DEVICES.fullmatch(part)


def _failed(what: str, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"{what}: {error.strerror or error}.", "Check that the file exists and the workspace is writable.")
