"""Programs behind the shims of version managers, for worlds in which the managers would want to write or read a home.

A shim looks at settings in homes and folders for the version to start, and pyenv's writes its shims anew after each installation.
All managers answer `which NAME` with the program that a shim would start. Sources: the manuals of pyenv, rbenv, nodenv, goenv,
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
"""The programs of builds: where they are is where their companions are."""
_LIMIT_S = 10.0


def path_without_shims(variables: Mapping[str, str]) -> str:
    """PATH with the folders of the programs themselves in the place of shims. Blocks, some 50 ms for each program with a shim."""
    entries = [entry for entry in variables.get("PATH", "").split(os.pathsep) if entry]
    whole = [place for entry in entries for place in (_behind(Path(entry), variables) or [entry])]
    return os.pathsep.join(dict.fromkeys(whole))


def program_itself(program: str, variables: Mapping[str, str]) -> str:
    """What a shim would start, the program as it is where it is none. Blocks."""
    folder = Path(program).parent
    return _told(_manager(folder), folder, Path(program).name, variables) or program


def _behind(folder: Path, variables: Mapping[str, str]) -> Sequence[str]:
    """The folders of the programs that have shims here; none for any other folder."""
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
    """The version manager whose shims are here: named by the folder around them (`~/.pyenv/shims`, `~/.volta/bin`)."""
    if not folder.is_dir() or (folder.name != "shims" and not (folder.name == "bin" and (folder / "volta-shim").exists())):
        return ""
    return next(_named(folder), "")


def _named(folder: Path) -> Iterator[str]:
    around = folder.parent.name.lstrip(".")
    yield from (name for name in _MANAGERS if name == around)
    for shim in folder.iterdir():  # elsewhere, as its ROOT variable says: then the shims themselves name it
        if shim.is_symlink():
            yield from (name for name in _MANAGERS if shim.resolve().name.startswith(name))
        elif shim.is_file():
            with shim.open("rb") as file:
                text = file.read(2_000).decode("utf-8", "replace")
            yield from (name for name in _MANAGERS if f"{name} exec" in text or f'{name}" exec' in text)


def _told(manager: str, shims: Path, name: str, variables: Mapping[str, str]) -> str:
    """The answer of a manager, on PATH or beside its shims; "" where it has none."""
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
