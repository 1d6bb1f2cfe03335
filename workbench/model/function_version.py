"""Identifies a function by its name and version."""

from __future__ import annotations

from typing import NamedTuple

LATEST = "$LATEST"
"""The unpublished version: the function as currently written and configured. Source: Lambda guide, "Lambda function versions"."""


class FunctionVersion(NamedTuple):
    """A function's name and one of its versions, with its Region and account; these are "" for the workspace's.

    A NamedTuple, because the window's first paint does without msgspec and each invocation looks for it in dictionaries.
    """

    name: str
    version: str = LATEST
    region: str = ""
    account: str = ""
