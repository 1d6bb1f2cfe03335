"""Search for Python interpreters: in virtual environments first, then on PATH, then in the folders of version managers.

Tried on Linux. The folders of macOS and Windows are taken from documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from workbench.runtimes.interpreter_search import (
    Candidate,
    Machine,
    folder_names,
    is_program,
    named_on_path,
    versioned_folders,
    workspace_folders,
)
from workbench.runtimes.versions import parse_version, told_by_venv

OWN_CHECKOUT = Path(__file__).resolve().parents[2]
_MINORS = tuple(f"python3.{minor}" for minor in range(20, 7, -1))
_UV_FOLDER = re.compile(r"cpython-(\d+\.\d+\.\d+)-.+")
_WINDOWS_FOLDER = re.compile(r"Python3(\d+)")


def python_candidates(machine: Machine, code_folder: Path) -> Iterator[Candidate]:
    """All Python interpreters in order of preference. Runs none of them."""
    yield from virtual_environments(machine, code_folder)
    kept = tuple(_kept_by_tools(machine))
    for candidate in named_on_path(machine, ("python3", "python", *_MINORS), kept):
        yield _with_venv_version(candidate)
    yield from kept
    yield from _uv_pythons(machine)
    yield from _framework_pythons(machine)
    yield from _windows_pythons(machine)


def virtual_environments(machine: Machine, code_folder: Path) -> Iterator[Candidate]:
    """`.venv` and `venv` beside or above the code, except in our own checkout, whose environment belongs to no function."""
    program = "Scripts/python.exe" if machine.is_windows else "bin/python"
    for folder in workspace_folders(code_folder, machine):
        if folder == OWN_CHECKOUT:
            continue
        for name in (".venv", "venv"):
            path = folder / name / program
            if is_program(path):
                origin = f"virtual environment {folder / name}"
                yield Candidate(path=path, version=told_by_venv(folder / name), origin=origin)


def _with_venv_version(candidate: Candidate) -> Candidate:
    """The candidate with the version from pyvenv.cfg if it is a virtual environment, as an activated one on PATH is."""
    version = told_by_venv(candidate.path.parent.parent)
    return Candidate(path=candidate.path, version=version or candidate.version, origin=candidate.origin)


def _kept_by_tools(machine: Machine) -> Iterator[Candidate]:
    program = "python.exe" if machine.is_windows else "bin/python3"
    yield from versioned_folders(machine.folder("PYENV_ROOT", ".pyenv") / "versions", program, "pyenv")
    yield from versioned_folders(machine.folder("ASDF_DATA_DIR", ".asdf") / "installs" / "python", program, "asdf")
    mise = machine.folder("MISE_DATA_DIR", ".local", "share", "mise")
    yield from versioned_folders(mise / "installs" / "python", program, "mise")


def _uv_pythons(machine: Machine) -> Iterator[Candidate]:
    for root in _uv_roots(machine):
        found = [(parse_version(match[1]), name) for name in folder_names(root) if (match := _UV_FOLDER.fullmatch(name))]
        for version, name in sorted(found, reverse=True):
            path = root / name / ("python.exe" if machine.is_windows else "bin/python3")
            # Free-threaded builds have another ABI than Lambda's Python: packages with compiled parts do not fit.
            if "freethreaded" not in name and is_program(path):
                yield Candidate(path=path, version=version, origin="uv")


def _uv_roots(machine: Machine) -> list[Path]:
    if machine.variables.get("UV_PYTHON_INSTALL_DIR"):
        return [machine.folder("UV_PYTHON_INSTALL_DIR")]
    if machine.is_windows:
        data = machine.folder("APPDATA", "AppData", "Roaming") / "uv"
        return [data / "python", data / "data" / "python"]
    return [machine.folder("XDG_DATA_HOME", ".local", "share") / "uv" / "python"]


def _framework_pythons(machine: Machine) -> Iterator[Candidate]:
    """Installations by python.org's installer on macOS. Untested."""
    if machine.platform == "darwin":
        root = Path("/Library/Frameworks/Python.framework/Versions")
        yield from versioned_folders(root, "bin/python3", "python.org")


def _windows_pythons(machine: Machine) -> Iterator[Candidate]:
    """Installations by python.org's installer on Windows, where the py launcher finds them too. Untested."""
    if not machine.is_windows:
        return
    for root in (machine.folder("LOCALAPPDATA", "AppData", "Local") / "Programs" / "Python", Path("C:/Program Files")):
        for name in sorted(folder_names(root), reverse=True):
            match = _WINDOWS_FOLDER.fullmatch(name)
            path = root / name / "python.exe"
            if match and is_program(path):
                yield Candidate(path=path, version=(3, int(match[1])), origin="python.org")
