"""Copies of packages of this machine for npm to work on, and what it makes of them taken out again."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.model.failures import SandboxError

NOT_COPIED = frozenset({"node_modules", ".git", ".aws-sam", ".workbench"})
_COMMANDS = ".bin"


def copy_package(source: Path, place: Path, left_out: frozenset[str] = NOT_COPIED) -> None:
    """A package under development, or an archive of one, without what is installed in it. Blocks. Raises SandboxError.

    `left_out` are names of folders and files at any depth.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_file():
            shutil.copyfile(source, place)
        else:
            shutil.copytree(source, place, ignore=lambda _, names: left_out.intersection(names), dirs_exist_ok=True,
                            ignore_dangling_symlinks=True)
    except (OSError, shutil.Error) as error:
        raise SandboxError(f"{source} could not be copied: {error}.", "Check that it may be read.") from error


def package_hash(source: Path, left_out: frozenset[str] = NOT_COPIED) -> str:
    """A hash of all that `copy_package` takes: names, rights to execute and bytes. Blocks. Raises SandboxError."""
    whole = hashlib.sha256()
    try:
        for path in [source] if source.is_file() else sorted(_files(source, left_out)):
            executable = "x" if path.stat().st_mode & 0o100 else "-"
            name = path.relative_to(source).as_posix()
            row = f"{name}\0{executable}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
            whole.update(row.encode(errors="surrogateescape"))
    except OSError as error:
        raise SandboxError(f"{error.filename or source} can not be read: {error.strerror or error}.",
                           "Check the path and its permissions.") from error
    return whole.hexdigest()


def _files(source: Path, left_out: frozenset[str]) -> Iterator[Path]:
    for parent, folders, names in os.walk(source, followlinks=True):
        folders[:] = [name for name in folders if name not in left_out]
        yield from (path for path in (Path(parent, name) for name in names if name not in left_out) if path.is_file())


def take_modules(made: Path, target: Path, copied: Sequence[Path]) -> None:
    """Move installed packages to `target`, over what is there. Links to packages that were `copied` become these. Blocks."""
    if not made.is_dir():
        return
    made = made.resolve()
    _resolve(made, made, [place.resolve() for place in copied])
    target.mkdir(parents=True, exist_ok=True)
    for entry in _packages(made):
        place = target / entry.relative_to(made)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        entry.replace(place)


def _packages(modules: Path) -> Iterator[Path]:
    """Packages with their scopes, and npm's own entries."""
    for entry in sorted(modules.iterdir()):
        if entry.name.startswith("@") and entry.is_dir() and not entry.is_symlink():
            yield from sorted(entry.iterdir())
        else:
            yield entry


def _resolve(modules: Path, top: Path, copied: Sequence[Path]) -> None:
    for entry in _packages(modules):
        if entry.name == _COMMANDS:
            continue
        if entry.is_symlink():
            _replace_link(entry, top, copied)
        nested = entry / "node_modules"
        if nested.is_dir() and not nested.is_symlink():
            _resolve(nested, top, copied)


def _replace_link(link: Path, top: Path, copied: Sequence[Path]) -> None:
    """The package itself instead of the link. The function's own package, workspaces that it does not need: none."""
    target = Path(os.path.realpath(link))
    if target.is_relative_to(top):
        return
    link.unlink()
    if target in copied and target.is_dir():
        shutil.copytree(target, link, symlinks=True)
