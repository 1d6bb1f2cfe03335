"""Files that say what a package is made of (package.json, requirements.txt, a lock, a makefile): anybody may have put them there.

A pipe is not waited for, a device not read to its end, a gigabyte not taken into memory: such a file is an error of its function.
"""

from __future__ import annotations

from pathlib import Path

from workbench.packages.dependencies import DependencyError
from workbench.storage.bounded_reading import read_bounded

MOST_BYTES = 32 << 20
"""The locks of large monorepos have some megabytes."""


def read_list(path: Path) -> bytes:
    """The content of such a file. Raises DependencyError for one that cannot be read, or is none. Blocks."""
    try:
        return read_bounded(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        name = f"{path.parent.name}/{path.name}"
        raise DependencyError(f"{name} cannot be read: {reason}.", "Correct it, or take it away.") from error


def read_list_if_there(path: Path) -> bytes:
    """The same; nothing where there is no such file, or it cannot be read."""
    try:
        return read_list(path)
    except DependencyError:
        return b""
