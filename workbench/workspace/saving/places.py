"""Folders for packages that are being written into the workspace: unpacked aside, then put in place; nothing is overwritten."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import TracebackType
from typing import Self

import msgspec

from workbench.model.failures import InvalidInput, WorkspaceError
from workbench.model.left_out import NEVER_CODE
from workbench.workspace.code_folders import EVENTS_FOLDER
from workbench.workspace.saving.function_to_save import PackageReader

_OF_WINDOWS = frozenset({"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in range(1, 10))})

_LEFT_S = 3600.0
"""Drafts older than this are nobody's any more."""


class Place(msgspec.Struct, frozen=True):
    """A folder, relative to the template's: where the content is `aside`, and whether it is at the place already."""

    relative: str
    aside: Path
    is_there: bool

    @property
    def uri(self) -> str:
        """The folder as a template names it."""
        return f"{self.relative}/"


class Places:
    """The folders of one saving. Use it as a context manager; what is not put in place by then is gone. All calls block."""

    def __init__(self, root: Path, drafts: Path, packages: PackageReader) -> None:
        """`root`: the template's folder. `drafts`: where packages are unpacked first; the folder need not exist."""
        self._root = root
        self._drafts = drafts
        self._packages = packages
        self._chosen: list[Place] = []
        self._made: list[Path] = []
        self._aside: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self._aside is not None:
            shutil.rmtree(self._aside, ignore_errors=True)

    @property
    def all(self) -> tuple[Place, ...]:
        """The folders that were chosen, in order."""
        return tuple(self._chosen)

    def choose(self, package: Path, wanted: str, *, given: str = "") -> Place:
        """Unpack a package aside and choose its folder: `given` by the person, or `wanted` or the like.

        A folder that has the same package already is used as it is. Raises WorkbenchError, also if a given folder is taken.
        """
        aside = self._laid_out(package)
        if given:
            check_folder(given)
            place = self._place(given, aside)
            if place is None:
                raise InvalidInput(f"The folder {given} already exists.", "Name another one, or move it away.")
        else:
            place = self._free(wanted, aside)
        self._chosen.append(place)
        return place

    def put(self) -> None:
        """Put all contents in their places. Raises WorkspaceError; `undo` then takes back what was done."""
        for place in self._chosen:
            target = self._root / place.relative
            if place.is_there or target in self._made:
                continue
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                _rename(place.aside, target)
            except OSError as error:
                raise _unwritable(target, error) from error
            self._made.append(target)

    def undo(self) -> None:
        """Remove what was put in place."""
        for path in self._made:
            shutil.rmtree(path, ignore_errors=True)
        self._made.clear()

    def content(self, relative: str) -> str:
        """Return the digest of a folder of the workspace, "" if it cannot be read."""
        try:
            return self._packages.digest(self._root / relative)
        except OSError:
            return ""

    def digest(self, package: Path) -> str:
        """Return the digest that a package has as a folder. Raises WorkbenchError."""
        return self._packages.digest(self._laid_out(package))

    def _laid_out(self, package: Path) -> Path:
        try:
            if self._aside is None:
                self._aside = _draft(self._drafts)
            folder = self._aside / str(len(list(self._aside.iterdir())))
            folder.mkdir()
            self._packages.lay_out(package, folder)
        except OSError as error:
            raise _unwritable(self._root, error) from error
        return folder

    def _free(self, wanted: str, aside: Path) -> Place:
        name = f"{wanted}_function" if wanted.lower() in (EVENTS_FOLDER, *_OF_WINDOWS) else wanted
        number, place = 1, self._place(name, aside)
        while place is None:
            number += 1
            place = self._place(f"{name}-{number}", aside)
        return place

    def _place(self, relative: str, aside: Path) -> Place | None:
        """Return the folder as a place for the content; None if it has another one."""
        target = self._root / relative
        if os.path.lexists(target):
            is_same = target.is_dir() and not target.is_symlink() and self.content(relative) == self._packages.digest(aside)
            return Place(relative, aside, is_there=True) if is_same else None
        others = [each for each in self._chosen if each.relative.lower() == relative.lower()]
        return None if others else Place(relative, aside, is_there=False)


def check_folder(folder: str) -> None:
    """Refuse what cannot be the folder of a function's code below its template's. Raises InvalidInput."""
    parts = PurePosixPath(folder.replace("\\", "/")).parts
    is_outside = not parts or ".." in parts or folder.startswith(("/", "\\", "~")) or bool(PureWindowsPath(folder).drive)
    if is_outside or any(NEVER_CODE.has(part) or part.endswith((" ", ".")) for part in parts) or "\0" in folder:
        raise InvalidInput(f"“{folder}” cannot be the folder of a function's code.",
                           "Name a folder inside the workspace, for example resize_image.")


def _draft(folder: Path) -> Path:
    """Make a new folder in that of the drafts, and remove those that a program which was killed has left there."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if time.time() - left.lstat().st_mtime > _LEFT_S:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder))


def _rename(source: Path, target: Path) -> None:
    """Give a folder its name. Raises OSError if the name is taken, even by an empty folder, which a rename would replace."""
    if os.path.lexists(target):
        raise FileExistsError(None, "it exists already", str(target))
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copytree(source, target, symlinks=True)  # the drafts are on another file system
    target.chmod(0o755)


def _unwritable(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(f"The folder {path.name} could not be written: {error.strerror or error}.",
                          "Check that the workspace is writable and has space.")
