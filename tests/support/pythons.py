"""Other Python interpreters of this machine, for code that must run under the user's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 8), (3, 15)


def other_pythons() -> list[Path]:
    """One interpreter of each minor version in pyenv that is not the one running."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = {_version(path): path for path in sorted(root.glob("versions/3.*/bin/python3"))}
    return [path for version, path in sorted(found.items()) if OLDEST <= version <= NEWEST and version != sys.version_info[:2]]


def _version(path: Path) -> tuple[int, int]:
    major, minor, *_ = path.parents[1].name.split(".")
    return int(major), int(minor)
