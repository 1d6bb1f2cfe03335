"""A person's own events: plain JSON files in `events/` and `events/<function>/`, kept byte for byte.

What is expected as the answer to `hello.json` stands in `hello.expect` beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path, PurePath, PurePosixPath

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.storage.bounded_reading import read_bounded
from workbench.workspace.atomic_file import create_exclusively, write_atomically
from workbench.workspace.code_folders import EVENTS_FOLDER

MAX_EVENTS = 2_000
EVENT_LIMIT_BYTES = 64 << 20
"""Ten times what Lambda accepts, so that an event that is too large can still be opened and made smaller."""
EXPECTATION_SUFFIX = ".expect"
"""No event ends so: events are `.json`."""
EXPECTATION_LIMIT_BYTES = 8 << 20
"""A little more than the largest answer."""
EMPTY_EVENT = "/"
"""Stands for "no file, send {}" among the names of events; no event can be named "/"."""
_NAME = re.compile(r"[^\x00-\x1f/\\:*?\"<>|]{1,100}")
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that mean devices on Windows, whatever the extension. Source: Microsoft, "Naming Files, Paths, and Namespaces"."""


class EventFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event on disk. `name` is its path below events/ without .json and with forward slashes: `hello`, `Hello/first`."""

    name: str
    path: str
    function: str = ""
    """The folder it is in, by convention the logical ID of the function it is for; "" for events for all functions."""
    size_bytes: int = 0
    modified_ns: int = 0


class EventFiles:
    """The events of one workspace. Every call accesses the disk, blocks, and raises WorkspaceError if that fails.

    Raises InvalidInput for a name that leaves the folder or is not a valid file name on every system.
    """

    def __init__(self, root: Path, write: Callable[[Path, bytes], None] = write_atomically) -> None:
        """`write` must replace a file atomically."""
        self._folder = root / EVENTS_FOLDER
        self._write = write

    def list(self, function: str | None = None) -> tuple[EventFile, ...]:
        """Return all events by name, or those for one function: the common ones and those in its folder. At most 2,000."""
        try:
            paths = sorted(self._paths(), key=lambda path: path.relative_to(self._folder).as_posix().casefold())
            files = [self._describe(path) for path in paths[:MAX_EVENTS] if path.exists()]
        except OSError as error:
            raise _failed("The folder events could not be read", error) from error
        own = function and function.rpartition("/")[2]
        return tuple(file for file in files if own is None or file.function in ("", own))

    def read(self, name: str) -> bytes:
        """Return the event's bytes as they are in the file, valid JSON or not."""
        try:
            return read_bounded(self._path(name), EVENT_LIMIT_BYTES)
        except OSError as error:
            raise _failed(f"The event {name} could not be read", error) from error

    def expectation(self, name: str) -> bytes:
        """Return what is expected as the answer to an event, as it is in the file; b"" if nothing is."""
        path = self._expectation(name)
        try:
            return read_bounded(path, EXPECTATION_LIMIT_BYTES) if path.exists() else b""
        except OSError as error:
            raise _failed(f"What {name} expects could not be read", error) from error

    def expect(self, name: str, content: bytes) -> None:
        """Write what is expected as the answer to an event; b"" for nothing any more."""
        path = self._expectation(name)
        try:
            self._write(path, content) if content else path.unlink(missing_ok=True)
        except OSError as error:
            raise _failed(f"What {name} expects could not be written", error) from error

    def begin_expectation(self, name: str) -> Path:
        """Return the file for what is expected of an event; it is made, without text, if there is none."""
        path = self._expectation(name)
        try:
            if not path.exists():  # or it would count as changed
                path.touch()
        except OSError as error:
            raise _failed(f"What {name} expects could not be written", error) from error
        return path

    def drop_blank_expectation(self, name: str) -> None:
        """Remove the file of an event of which nothing is expected (any more)."""
        if not self.expectation(name).strip():
            self.expect(name, b"")

    def name_of(self, path: Path) -> str:
        """Return the name of the event that a file is, or of which it says what is expected; "" for other files."""
        inside = path.relative_to(self._folder) if path.is_relative_to(self._folder) else PurePath()
        is_event = path.suffix in (".json", EXPECTATION_SUFFIX) and 1 <= len(inside.parts) <= 2  # as `_path`
        return inside.with_suffix("").as_posix() if is_event else ""

    def files_of(self, name: str) -> tuple[Path, ...]:
        """Return an event's file and, if there is one, that of what it expects. Raises WorkspaceError if there is no event."""
        path, expected = self.path_of(name), self._expectation(name)
        return (path, expected) if expected.exists() else (path,)

    def save(self, name: str, content: bytes) -> EventFile:
        """Write the event atomically, whether it is new or not."""
        path = self._path(name)
        self._make_folder(path.parent)
        self._write(path, content)
        return self._describe(path)

    def save_new(self, wish: str, content: bytes) -> EventFile:
        """Write a new event under the name, or the next free one (`hello-2`); never overwrites another event."""
        while True:
            path = self._path(self.free_name(wish))
            self._make_folder(path.parent)
            try:
                create_exclusively(path, content)
            except FileExistsError:  # another program took the name meanwhile
                continue
            return self._describe(path)

    def free_name(self, wish: str) -> str:
        """Return the name, with -2, -3 ... appended if there is such an event already (ignoring case)."""
        self._path(wish)
        taken = {file.name.casefold() for file in self.list()}
        number, name = 1, wish
        while name.casefold() in taken or os.path.lexists(self._path(name)):
            number += 1
            name = f"{wish}-{number}"
        return name

    def rename(self, name: str, new_name: str) -> EventFile:
        """Rename or move the event. Raises InvalidInput if the new name is taken."""
        source, target = self._path(name), self._path(new_name)
        # On a file system that ignores case, a rename from hello to Hello finds the file itself under the new name.
        if os.path.lexists(target) and not (source.exists() and source.samefile(target)):
            raise InvalidInput(f"There is already an event {new_name}.", "Choose another name.")
        self._make_folder(target.parent)
        expected, new_expected = self._expectation(name), self._expectation(new_name)
        try:
            source.rename(target)
            if expected.exists():
                expected.replace(new_expected)
        except OSError as error:
            raise _failed(f"The event {name} could not be renamed", error) from error
        return self._describe(target)

    def path_of(self, name: str) -> Path:
        """Return the file of an event. Raises WorkspaceError if there is none."""
        path = self._path(name)
        if not path.is_file():
            raise WorkspaceError(f"There is no event {name}.", "Reload the list of events.")
        return path

    def folder_of(self, function: str) -> Path:
        """Return the folder for a function's own events, named by its logical ID without the stack's path; it need not exist."""
        return self._folder / function.rpartition("/")[2]

    def _paths(self) -> tuple[Path, ...]:
        if not self._folder.is_dir():
            return ()
        found = [*self._folder.glob("*.json"), *self._folder.glob("*/*.json")]
        return tuple(path for path in found if path.is_file() and self._is_inside(path) and not any(
            part.startswith(".") for part in path.relative_to(self._folder).parts))

    def _is_inside(self, path: Path) -> bool:
        """Whether the path stays in the folder when links are followed, so that a foreign workspace cannot reach other files."""
        return path.resolve().is_relative_to(self._folder.resolve())

    def _describe(self, path: Path) -> EventFile:
        status = path.stat()
        relative = path.relative_to(self._folder)
        function = relative.parent.as_posix() if len(relative.parts) > 1 else ""
        return EventFile(name=relative.as_posix().removesuffix(".json"), path=str(path), function=function,
                         size_bytes=status.st_size, modified_ns=status.st_mtime_ns)

    def _path(self, name: str) -> Path:
        """Return the file for a name. Raises InvalidInput unless the name consists of one or two safe parts."""
        parts = PurePosixPath(name).parts
        if not 1 <= len(parts) <= 2 or "/".join(parts) != name or not all(map(_is_safe, parts)):
            raise InvalidInput(f"“{name}” cannot be the name of an event.",
                               "Use letters, digits, spaces, - and _, and at most one /, after the function it belongs to.")
        path = self._folder / f"{name}.json"
        if not self._is_inside(path):
            raise InvalidInput(f"“{name}” lies outside the folder events.", "Choose a name inside it.")
        return path

    def _expectation(self, name: str) -> Path:
        path = expectation_file(self._path(name))
        if not self._is_inside(path):
            raise InvalidInput(f"What “{name}” expects lies outside the folder events.", f"Remove the link {path.name}.")
        return path

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _failed(f"The folder {folder.name} could not be created", error) from error


def expectation_file(event: Path) -> Path:
    """Return the file beside an event's that says what is expected as the answer."""
    return event.with_suffix(EXPECTATION_SUFFIX)


def _is_safe(part: str) -> bool:
    plain = part == part.strip() and not part.startswith(".") and not part.endswith(".")
    return plain and bool(_NAME.fullmatch(part)) and not _DEVICES.fullmatch(part)


def _failed(what: str, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"{what}: {error.strerror or error}.", "Check that the file exists and the workspace is writable.")
