"""The system's errors in the words that Lambda prints, which are Go's."""

from __future__ import annotations

import errno
import os

_GO_WORDS = {errno.EACCES: "permission denied", errno.ENOEXEC: "exec format error", errno.ENOENT: "no such file or directory"}


def system_words(error: OSError) -> str:
    """The reason why a program could not be started."""
    return _GO_WORDS.get(error.errno or 0, os.strerror(error.errno or 0).lower())
