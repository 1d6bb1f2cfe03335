"""Read files that describe a package (package.json, requirements.txt, a lock, a makefile), which a hostile clone may contain.

Reading never waits for a pipe, never reads a device to its end, and never loads a gigabyte: such a file is the function's error.
"""

from __future__ import annotations

from pathlib import Path

from workbench.packages.build_failures import DependencyError
from workbench.storage.bounded_reading import read_bounded

MOST_BYTES = 32 << 20
"""Ample: the locks of large monorepos take a few megabytes."""


def read_list(path: Path) -> bytes:
    """The content of such a file. Raises DependencyError when it cannot be read or is not a regular file. Blocks."""
    try:
        return read_bounded(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        name = f"{path.parent.name}/{path.name}"
        raise DependencyError(f"{name} cannot be read: {reason}.", "Correct it, or remove it.") from error


def read_list_if_there(path: Path) -> bytes:
    """The content of such a file; b"" when there is none or it cannot be read. Blocks."""
    try:
        return read_list(path)
    except DependencyError:
        return b""
