"""Which version of a function is meant."""

from __future__ import annotations

import msgspec

LATEST = "$LATEST"
"""The version that is the function as it is configured and written now. Source: Lambda guide, "Lambda function versions"."""


class FunctionVersion(msgspec.Struct, frozen=True):
    """A function's name and the version of it that is meant."""

    name: str
    version: str = LATEST
