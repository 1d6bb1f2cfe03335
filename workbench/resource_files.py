"""Where the data files are: beside the package in a checkout, inside it when installed from the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(relative: str) -> Path:
    """The absolute path of a file or folder of `resources/`, given with forward slashes."""
    installed = _PACKAGE / "_resources"
    root = installed if installed.is_dir() else _PACKAGE.parent / "resources"
    return root / relative
