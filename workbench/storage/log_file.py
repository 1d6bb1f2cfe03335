"""The log file of one of our programs; later runs append to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from workbench.storage.safe_files import Unfit, open_regular, set_aside

LIMIT_BYTES = 10_000_000
"""Above this size a new file is started; the previous one is kept as `<name>.1`."""
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def open_log(path: Path) -> BinaryIO:
    """Open the log for appending, readable only by this user. Anything else in its place is set aside. Raises OSError."""
    try:
        descriptor = open_regular(path, _APPENDING)
    except Unfit as unfit:
        set_aside(path, unfit.reason)
        descriptor = open_regular(path, _APPENDING)
    if os.fstat(descriptor).st_size > LIMIT_BYTES:
        os.close(descriptor)
        # A program that still has the file open continues to write to it under the new name.
        os.replace(path, path.with_name(f"{path.name}.1"))
        descriptor = open_regular(path, _APPENDING)
    return os.fdopen(descriptor, "ab")
