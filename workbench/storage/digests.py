"""Digests for names of files, without OpenSSL: loading it takes 3 ms, a hundredth of the window's start."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module

_OWN = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
"""Python's own implementation, which `hashlib` takes where there is no OpenSSL. `random` uses its neighbor likewise."""


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 digest in hexadecimal."""
    with suppress(ImportError):
        return str(import_module(_OWN).sha256(content).hexdigest())
    import hashlib

    return hashlib.sha256(content).hexdigest()
