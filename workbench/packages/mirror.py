"""Copy local packages for npm and builders to work on, and move what npm installs out of the copies."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.model.failures import SandboxError
from workbench.model.left_out import LeftOut
from workbench.packages.sources import read_source

NOT_COPIED = frozenset({"node_modules", ".git", ".aws-sam", ".workbench"})
_COMMANDS = ".bin"


def copy_package(source: Path, place: Path, left_out: frozenset[str] = NOT_COPIED) -> None:
    """Copy a package under development, or an archive of one, without what is installed in it. Blocks. Raises SandboxError.

    `left_out` are names of folders and files to skip at any depth. Links are replaced by their targets, as `sam build` does.
    Commands in `.bin` stay links, because they load files beside their targets.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_file():
            shutil.copyfile(source, place)
            return
        place.mkdir(exist_ok=True)
        root = os.path.realpath(source) + os.sep
        for found in read_source(source, _rules(left_out)).files:
            target = place / found.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if found.path.is_symlink() and _stays_a_link(found.path, root):
                os.symlink(os.readlink(found.path), target)
            else:
                shutil.copy2(found.path, target)
    except OSError as error:
        raise SandboxError(f"{error.filename or source} could not be copied: {error.strerror or error}.",
                           "Check its permissions.") from error


def _stays_a_link(path: Path, root: str) -> bool:
    return path.parent.name == _COMMANDS and not os.path.isabs(os.readlink(path)) and os.path.realpath(path).startswith(root)


def _rules(left_out: frozenset[str]) -> LeftOut:
    return LeftOut(left_out, environments=True)


def package_hash(source: Path, left_out: frozenset[str] = NOT_COPIED) -> str:
    """A hash of everything that `copy_package` copies: names, executable bits and bytes. Blocks. Raises SandboxError."""
    whole = hashlib.sha256()
    try:
        if source.is_file():
            return hashlib.sha256(source.read_bytes()).hexdigest()
        for found in read_source(source, _rules(left_out)).files:
            executable = "x" if found.status.st_mode & 0o100 else "-"
            row = f"{found.name}\0{executable}\0{hashlib.sha256(found.path.read_bytes()).hexdigest()}\n"
            whole.update(row.encode(errors="surrogateescape"))
    except OSError as error:
        raise SandboxError(f"{error.filename or source} cannot be read: {error.strerror or error}.",
                           "Check the path and its permissions.") from error
    return whole.hexdigest()


def package_signature(source: Path, left_out: frozenset[str] = NOT_COPIED) -> str:
    """What reveals a change without reading files: names, modes, sizes and times. Blocks. Raises OSError."""
    if source.is_file():
        status = source.stat()
        return f"{status.st_mode} {status.st_size} {status.st_mtime_ns}"
    return read_source(source, _rules(left_out)).signature()


def take_modules(made: Path, target: Path, copied: Sequence[Path]) -> None:
    """Move the installed packages in `made` to `target`, replacing what is there. Blocks.

    Links to `copied` packages are replaced by the packages, because the copies are deleted afterwards.
    """
    if not made.is_dir():
        return
    made = made.resolve()
    # Before the moves: relative links lead to the copies only from where npm made them.
    _resolve(made, made, [place.resolve() for place in copied])
    target.mkdir(parents=True, exist_ok=True)
    for entry in _packages(made):
        place = target / entry.relative_to(made)
        place.parent.mkdir(parents=True, exist_ok=True)
        # os.replace does not replace a folder that has content.
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        entry.replace(place)


def _packages(modules: Path) -> Iterator[Path]:
    """The entries of a node_modules folder: packages, including those in scopes, and npm's own files."""
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
    """Replace a link that leads out by the package itself.

    Links to other packages, the function's own or workspaces that it does not need, are removed.
    """
    target = Path(os.path.realpath(link))
    if target.is_relative_to(top):
        return
    link.unlink()
    if target in copied and target.is_dir():
        shutil.copytree(target, link, symlinks=True)
