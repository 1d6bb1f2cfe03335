"""Finds the programs behind the shims of version managers, for builds, in which managers cannot read or write the person's home.

A shim looks in homes and folders for the settings that select a version, and pyenv's rewrites the shims after each installation.
All managers answer `which NAME` with the program that the shim would start. Sources: the manuals of pyenv, rbenv, nodenv, goenv,
jenv, asdf, mise and Volta.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_MANAGERS = ("pyenv", "rbenv", "nodenv", "goenv", "jenv", "asdf", "mise", "volta")
_NAMES = ("python3", "python", "pip", "node", "npm", "uv", "ruby", "bundle", "go", "cargo", "java", "mvn", "gradle")
"""The programs that builds use; others that come with them are in the same folders."""
_LIMIT_S = 10.0


def path_without_shims(variables: Mapping[str, str]) -> str:
    """PATH with the programs' real folders in place of shims' folders. Blocking, some 50 ms per program with a shim."""
    entries = [entry for entry in variables.get("PATH", "").split(os.pathsep) if entry]
    whole = [place for entry in entries for place in (_behind(Path(entry), variables) or [entry])]
    return os.pathsep.join(dict.fromkeys(whole))


def program_itself(program: str, variables: Mapping[str, str]) -> str:
    """The program that a shim would start; unchanged if it is not a shim. Blocking."""
    folder = Path(program).parent
    return _told(_manager(folder), folder, Path(program).name, variables) or program


def _behind(folder: Path, variables: Mapping[str, str]) -> Sequence[str]:
    """The folders of the programs whose shims are in this folder; empty if it is not a folder of shims."""
    manager = _manager(folder)
    if not manager:
        return ()
    found: list[Path] = []
    for name in _NAMES:
        if (folder / name).exists() and not any((place / name).exists() for place in found):
            program = _told(manager, folder, name, variables)
            found += [Path(program).parent] if program else []
    return [str(place) for place in found]


def _manager(folder: Path) -> str:
    """The version manager whose shims are here, "" for none; the folder around them names it (~/.pyenv/shims, ~/.volta/bin)."""
    if not folder.is_dir() or (folder.name != "shims" and not (folder.name == "bin" and (folder / "volta-shim").exists())):
        return ""
    return next(_named(folder), "")


def _named(folder: Path) -> Iterator[str]:
    around = folder.parent.name.lstrip(".")
    yield from (name for name in _MANAGERS if name == around)
    for shim in folder.iterdir():  # a root of another name, set by the manager's ROOT variable: the shims themselves name it
        if shim.is_symlink():
            yield from (name for name in _MANAGERS if shim.resolve().name.startswith(name))
        elif shim.is_file():
            with shim.open("rb") as file:
                text = file.read(2_000).decode("utf-8", "replace")
            yield from (name for name in _MANAGERS if f"{name} exec" in text or f'{name}" exec' in text)


def _told(manager: str, shims: Path, name: str, variables: Mapping[str, str]) -> str:
    """The answer of a manager, which is on PATH or beside its shims; "" if it has none."""
    places = os.pathsep.join((str(shims.parent / "bin"), str(shims.parent / "libexec"), variables.get("PATH", "")))
    program = shutil.which(manager, path=places) if manager else None
    if program is None:
        return ""
    try:
        answer = subprocess.run([program, "which", name], capture_output=True, text=True, timeout=_LIMIT_S, check=False, cwd="/",
                                env=dict(variables), errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    told = answer.stdout.strip()
    return told if answer.returncode == 0 and os.access(told, os.X_OK) else ""
