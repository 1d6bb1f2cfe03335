"""Search for interpreters: this machine as data, and what the searches for all languages share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path

import msgspec

from workbench.runtimes.versions import Version, strict_version, told_by_path

HIGHEST_WORKSPACE_PARENTS = 8
"""How many folders above the code are searched for a virtual environment; the search ends at a repository's root or the home."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What decides where interpreters are: environment variables, the home folder and the platform (as in `sys.platform`)."""

    variables: Mapping[str, str]
    home: Path
    platform: str = sys.platform

    @classmethod
    def here(cls) -> Machine:
        """This machine, as this process sees it."""
        return cls(variables=dict(os.environ), home=Path.home())

    @property
    def is_windows(self) -> bool:
        """Whether programs end in .exe, and virtual environments have a folder Scripts instead of bin."""
        return self.platform == "win32"

    def folder(self, variable: str, *default: str) -> Path:
        """The folder that a variable names, or if it is not set, the `default` path below the home."""
        value = self.variables.get(variable, "")
        return Path(value) if value else self.home.joinpath(*default)

    def search_path(self) -> list[Path]:
        """The folders on PATH, then Homebrew's, because a program started from the desktop often has a short PATH.

        Homebrew's are untested.
        """
        # Relative and empty entries mean the working folder: a program there may have come with a clone.
        entries = [entry for entry in self.variables.get("PATH", "").split(os.pathsep) if os.path.isabs(entry)]
        more = () if self.is_windows else ("/opt/homebrew/bin", "/usr/local/bin", "/home/linuxbrew/.linuxbrew/bin")
        return [Path(entry) for entry in dict.fromkeys((*entries, *more))]


def _holds_shims(folder: Path) -> bool:
    """Whether a folder holds shims: scripts that look up the interpreter at every start, which takes 0.1 s each time."""
    return folder.name == "shims" or folder.parts[-2:] == (".volta", "bin")


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter that was found: its version as far as names reveal it, and where it comes from, in words."""

    path: Path
    version: Version
    origin: str

    @property
    def identity(self) -> Path:
        """A path that is equal for two paths of one interpreter. A virtual environment counts as an interpreter of its own."""
        in_venv = (self.path.parent.parent / "pyvenv.cfg").exists()
        return self.path if in_venv else self.path.resolve()


def named_on_path(machine: Machine, names: tuple[str, ...], kept: tuple[Candidate, ...]) -> Iterator[Candidate]:
    """Programs of these names on PATH, in order. Shims are replaced by the programs that version managers have `kept`."""
    for folder in machine.search_path():
        if _holds_shims(folder):
            yield from kept
            continue
        for name in names:
            path = folder / (f"{name}.exe" if machine.is_windows else name)
            if is_program(path):
                yield Candidate(path=path, version=told_by_path(path.resolve()), origin="PATH")


def versioned_folders(root: Path, program: str, origin: str, *, prefix: str = "") -> Iterator[Candidate]:
    """Programs in folders named after their versions (~/.pyenv/versions/3.12.1/bin/python), the newest first."""
    found = [(strict_version(name.removeprefix(prefix)), root / name / program) for name in folder_names(root)]
    for version, path in sorted(found, reverse=True):
        if version and is_program(path):
            yield Candidate(path=path, version=version, origin=origin)


def folder_names(root: Path) -> list[str]:
    """The names in a folder, [] if it cannot be read."""
    try:
        return os.listdir(root)
    except OSError:
        return []


def is_program(path: Path) -> bool:
    """Whether this is an executable file. Windows' app execution aliases are not: empty files that open the Microsoft Store."""
    try:
        return path.is_file() and path.stat().st_size > 0 and os.access(path, os.X_OK)
    except OSError:
        return False


def workspace_folders(code_folder: Path, machine: Machine) -> Iterator[Path]:
    """The code's folder and those above it up to the repository's root, or else to the template, but never as far as the home.

    If neither is found, only the code's folder: nothing shows that the folders above belong to the project.
    """
    above = [code_folder, *code_folder.parents[:HIGHEST_WORKSPACE_PARENTS]]
    inside = list(takewhile(lambda folder: folder == code_folder or folder not in (machine.home, Path(folder.anchor)), above))
    for marks in ((".git",), ("template.yaml", "template.yml")):
        for number, folder in enumerate(inside):
            if any((folder / mark).exists() for mark in marks):
                yield from inside[: number + 1]
                return
    yield code_folder
