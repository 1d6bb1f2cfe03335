"""Interpreters that came with a folder of code: its virtual environments, and the programs that they would run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.runtimes.interpreter_search import Machine, workspace_folders
from workbench.runtimes.python_search import virtual_environments
from workbench.storage.bounded_reading import read_bounded

_CONFIGURATION = "pyvenv.cfg"
_MOST_BYTES = 64 << 20


class OwnInterpreter(msgspec.Struct, frozen=True, kw_only=True):
    """An interpreter that came with the code.

    `is_strange`: its program or standard library is in the folder as well, unlike in a virtual environment made on this machine,
    which refers to an installed Python. `state` changes with the program.
    """

    path: Path
    is_strange: bool
    state: str


def own_interpreters(code_folder: Path, machine: Machine | None = None) -> tuple[OwnInterpreter, ...]:
    """The virtual environments beside or above the code. Runs nothing. Blocks."""
    here = machine or Machine.here()
    around = own_folder(code_folder, here)
    return tuple(_looked_at(candidate.path, around) for candidate in virtual_environments(here, code_folder))


def own_folder(code_folder: Path, machine: Machine) -> Path:
    """The folder that the code is part of: everything in it came with the code."""
    return list(workspace_folders(code_folder, machine))[-1]


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a program is in a folder, by its path or after following links."""
    whole = os.path.realpath(folder)
    return path.is_relative_to(folder) or Path(os.path.abspath(path)).is_relative_to(whole) or Path(
        os.path.realpath(path)).is_relative_to(whole)


def _looked_at(path: Path, around: Path) -> OwnInterpreter:
    real, home = Path(os.path.realpath(path)), _home(path.parent.parent)
    inside = Path(os.path.realpath(around))
    strange = real.is_relative_to(inside) or not home.is_absolute() or Path(os.path.realpath(home)).is_relative_to(inside)
    told = hashlib.sha256(f"{real}\0{home}".encode(errors="surrogateescape"))
    # An installed program is not the folder's to change; one in the folder may be replaced, so its bytes count.
    if strange:
        told.update(b"".join(_begin(real)))
    return OwnInterpreter(path=path, is_strange=strange, state=told.hexdigest())


def _home(environment: Path) -> Path:
    """The `home` in pyvenv.cfg, from which Python takes its standard library; Path() if there is none. Source: PEP 405."""
    try:
        lines = read_bounded(environment / _CONFIGURATION, 64_000).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return Path()
    values = {key.strip().lower(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    return Path(values.get("home", ""))


def _begin(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield file.read(_MOST_BYTES)
    except OSError:
        yield b""
