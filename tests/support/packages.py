"""Packages of PyPI and npm for functions under test: installed once into `.cache/test-packages`, then laid into code folders."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "test-packages"
PYTHON_VERSION = "3.11"
"""The Python of both sandboxes (workspaces.PYTHON_RUNTIME); wheels with native code must fit it."""


class NotInstalled(Exception):
    """Why packages cannot be had here."""


def python_packages(*requirements: str) -> Path:
    """A folder with these requirements as `pip install --target` lays them down. Raises NotInstalled."""

    def install(folder: Path) -> None:
        _run([
            sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), "--only-binary=:all:",
            "--implementation", "cp", "--python-version", PYTHON_VERSION, *requirements,
        ])

    return _cached(("pip", PYTHON_VERSION, *requirements), install)


def node_packages(*specifiers: str) -> Path:
    """A folder with `node_modules`. Raises NotInstalled."""

    def install(folder: Path) -> None:
        if shutil.which("npm") is None:
            raise NotInstalled("npm is not installed")
        _run(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *specifiers])

    return _cached(("npm", *specifiers), install)


def vendor(packages: Path, code_folder: Path) -> None:
    """Lay the packages beside a function's code: hard links where the file system has them (a bind mount sees real files)."""
    shutil.copytree(packages, code_folder, dirs_exist_ok=True, copy_function=_link_or_copy, symlinks=True)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _cached(recipe: Sequence[str], install: Callable[[Path], None]) -> Path:
    """The folder of a recipe; made aside and moved into place, so that one broken off is never taken for a whole one."""
    folder = CACHE / hashlib.sha256("\n".join(recipe).encode()).hexdigest()[:16]
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="installing-") as aside:
        made = Path(aside) / "packages"
        made.mkdir()
        install(made)
        try:
            made.rename(folder)
        except OSError:  # another test run was faster
            assert folder.exists()
    return folder


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise NotInstalled(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-500:]}")
