"""Copies our bootstraps to a folder that every sandbox sees, with byte code for Python.

A sandbox cannot store byte code where the next one would find it, and compiling the bootstrap takes as long as all of INIT.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from workbench.background import begin_awaited
from workbench.storage.whole_files import write_whole

# The umask is set because root's sandboxes, which run as another user, have to read the byte code.
_COMPILE = "import os, py_compile, sys; os.umask(0o022); py_compile.compile(sys.argv[1], doraise=True)"
_LIMIT_S = 20.0
_UNUSED_S = 30 * 86_400


class Bootstraps:
    """A copy of `source` below `cache`, named after its content and made when it is first needed. On the engine's loop."""

    def __init__(self, source: Path, cache: Path) -> None:
        self._source = source
        self._cache = cache
        self._compiled: dict[str, asyncio.Task[None]] = {}
        self.folder = cache

    async def ensure(self, python: str = "") -> None:
        """Make sure that they are there, with byte code for this interpreter if one is named. Raises OSError."""
        self.folder = await asyncio.to_thread(_copied, self._source, self._cache)
        if python:
            if python not in self._compiled:
                compiling = asyncio.to_thread(_compile, python, self.folder)
                self._compiled[python] = begin_awaited("Compiling the bootstrap", compiling)
            await asyncio.shield(self._compiled[python])


def _copied(source: Path, cache: Path) -> Path:
    files = sorted(path for path in source.iterdir() if path.is_file() and path.name.startswith("bootstrap."))
    contents = {path.name: path.read_bytes() for path in files}
    folder = cache / hashlib.sha256(repr(sorted(contents.items())).encode()).hexdigest()[:16]
    write_files(folder, contents)
    os.utime(folder)  # marks it as used, as nothing else changes the folder of a version
    _remove_unused(cache)
    return folder


def _remove_unused(cache: Path) -> None:
    """Remove copies of other versions of ours that have not been used for 30 days."""
    for place in cache.iterdir():
        with contextlib.suppress(OSError):
            if place.is_dir() and time.time() - place.stat().st_mtime > _UNUSED_S:
                shutil.rmtree(place)


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write these files to a folder, readable by all; identical files stay as they are. Blocking; raises OSError.

    Each is replaced as a whole, because several engines may write at the same time while sandboxes read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # whatever the umask: if we are root, sandboxes run as another user
    for name, content in contents.items():
        place = folder / name
        if place.exists() and place.read_bytes() == content:
            continue
        write_whole(place, content, durable=False, prepare=lambda draft: os.chmod(draft, 0o644))


def _compile(python: str, folder: Path) -> None:
    """Compile the bootstrap. Failures are ignored: without byte code it only starts more slowly."""
    try:
        subprocess.run([python, "-I", "-S", "-c", _COMPILE, str(folder / "bootstrap.py")], check=False, capture_output=True,
                       timeout=_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired):
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
