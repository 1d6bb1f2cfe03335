"""The version of this program, for people and for programs that ask an engine."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def package_version() -> str:
    """The version of Lambda Workbench."""
    try:
        return version("lambda-workbench")
    except PackageNotFoundError:
        return "0 (not installed)"
