"""Finds what an interpreter needs besides the system's folders: its installation, virtual environment and libraries."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Folders that every sandbox sees."""
_STORES = ("/nix/store", "/gnu/store")
"""Stores in which each file needs others that only the store's own tools know, so that they are shown as a whole."""
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")
_LOADER = re.compile(rb"\0(/[!-~]+/ld[!-~]+)\0")
"""Matches the loader's path, which linkers put near the beginning of a program."""
_HEAD_BYTES = 4096
_LIMIT_S = 10.0
_OF_INSTALLATIONS = frozenset({
    "bin", "sbin", "lib", "lib32", "lib64", "libexec", "include", "share", "ssl", "etc", "man", "doc", "pyvenv.cfg",
    "conda-meta", "condabin", "compiler_compat", "Library", "Frameworks", "Resources", "Python", "CHANGELOG.md", "LICENSE",
    "LICENSE.txt", "README.md", "BUILD", "install", ".lock", ".gitignore", "CACHEDIR.TAG"})
"""The names in a folder that contains only an interpreter or a virtual environment. With any other name, it contains more."""
_MODULES = ("lib/python*/lib-dynload/*.so", "python*/lib-dynload/*.so", "lib-dynload/*.so")
"""Python's extension modules, below an installation or a part of one."""
_OF_PYTHON = ("lib/python3*", "lib/libpython3*", "lib64/python3*", "pyvenv.cfg")
_TMP = "/tmp"  # noqa: S108, nothing is written there


def files_of(interpreter: str) -> tuple[str, ...]:
    """Folders and files that a sandbox must see at the same paths, read-only. Blocking, some 100 ms the first time.

    A folder with more than an installation in it (a home, the root, a project that is its own virtual environment) is never
    among them, as a function could read keys there; then only the program and what belongs to it are.
    """
    if not interpreter:
        return ()
    places = [place for hop in _hops(Path(interpreter)) for place in _installation(hop)]
    outside = [place for place in dict.fromkeys(places) if not _is_system(place)]
    if not outside:
        return ()
    return tuple(map(str, _without_nested([*outside, *_libraries(outside, Path(interpreter))])))


def outside_of_tmp(interpreter: str) -> str:
    """The link target of an interpreter in /tmp (a virtual environment there), because functions have a /tmp of their own."""
    resolved = Path(interpreter).resolve()
    is_hidden = Path(interpreter).is_relative_to(_TMP) and not resolved.is_relative_to(_TMP)
    return str(resolved) if is_hidden else interpreter


def prefix_of(interpreter: str) -> str:
    """The folder that becomes /var/lang: the parent of the program's bin."""
    folder = Path(interpreter).resolve().parent
    return str(folder.parent if folder.name == "bin" else folder)


def _hops(program: Path) -> Iterator[Path]:
    """The program and everything that its name links to, link by link: each may be in an installation of its own."""
    for _ in range(40):  # as many links as the kernel follows. Source: path_resolution(7)
        yield program
        if not program.is_symlink():
            break
        program = Path(os.path.normpath(program.parent / program.readlink()))
    yield program.resolve()


def _installation(program: Path) -> list[Path]:
    store = next((Path(store) for store in _STORES if program.is_relative_to(store)), None)
    if store is not None:
        return [store]
    prefix = program.parent.parent if program.parent.name == "bin" else None
    if prefix is None:
        return [program]
    if _is_shared(prefix):
        return [program, *(path for pattern in _OF_PYTHON for path in sorted(prefix.glob(pattern)))]
    return parts_of(prefix) or [program]


def parts_of(prefix: Path) -> list[Path]:
    """What belongs to an installation in a folder: the folder itself if it contains nothing else. Blocking."""
    try:
        names = set(os.listdir(prefix))
    except OSError:
        return []
    return [prefix] if names <= _OF_INSTALLATIONS else [prefix / name for name in sorted(names & _OF_INSTALLATIONS)]


def _is_shared(folder: Path) -> bool:
    """Whether it is a home, contains homes, or has all programs of a person in it (with their keys and state)."""
    return len(folder.parts) < 3 or folder.name == ".local" or any(home.is_relative_to(folder) for home in _homes())


def _homes() -> set[Path]:
    known = {Path("/root"), *Path("/home").glob("*")}
    with contextlib.suppress(RuntimeError):  # this user has none
        known.add(Path.home())
    return known


def _is_system(place: Path) -> bool:
    """Whether a place is seen with the system's folders. A home below one of them is not."""
    is_home = any(place.is_relative_to(home) for home in _homes() if len(home.parts) > 2)
    return not is_home and any(place.is_relative_to(folder) for folder in SYSTEM_FOLDERS)


def _libraries(places: Iterable[Path], interpreter: Path) -> list[Path]:
    """Shared libraries outside the system's folders that these need, as found by the system's loader."""
    modules = [path for place in places for within in _MODULES for path in glob.glob(f"{glob.escape(str(place))}/{within}")]
    program = str(interpreter.resolve())
    try:
        listed = _listed_at_once(program, modules) or _output("ldd", program, *modules)
    except (OSError, subprocess.TimeoutExpired):
        return []
    found = {Path(match[1]) for match in _LIBRARY.finditer(listed)}
    return sorted(path for path in found | {path.resolve() for path in found} if not _is_system(path))


def _listed_at_once(program: str, modules: Sequence[str]) -> str:
    """The loader's list for all modules in one run, "" if that is impossible. ldd takes a run per module, a second in total.

    Source: ld.so(8), --preload (a list separated by colons or spaces) and --list.
    """
    with open(program, "rb") as file:
        loader = _LOADER.search(file.read(_HEAD_BYTES))
    # Only a loader of the system is run: a program may name any file as its loader.
    if loader is None or not _is_system(Path(os.fsdecode(loader[1]))) or any(" " in path or ":" in path for path in modules):
        return ""
    return _output(os.fsdecode(loader[1]), "--preload", ":".join(modules), "--list", program)


def _output(*command: str) -> str:
    """What a command prints, "" if it fails."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=False, env={"PATH": os.defpath})
    return "" if ran.returncode else ran.stdout


def _without_nested(places: Iterable[Path]) -> list[Path]:
    """The places without those that are inside another."""
    kept: list[Path] = []
    for place in sorted(set(places), key=lambda each: len(each.parts)):
        if not any(place.is_relative_to(outer) for outer in kept):
            kept.append(place)
    return kept
