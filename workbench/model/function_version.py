"""Identifies a function by its name and version."""

from __future__ import annotations

import msgspec

LATEST = "$LATEST"
"""The unpublished version: the function as currently written and configured. Source: Lambda guide, "Lambda function versions"."""


class FunctionVersion(msgspec.Struct, frozen=True):
    """A function's name and one of its versions, with its Region and account; these are "" for the workspace's."""

    name: str
    version: str = LATEST
    region: str = ""
    account: str = ""
