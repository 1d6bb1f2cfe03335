"""Reads a person's own files: links are followed, pipes and devices are refused instead of waited for, the size is bounded."""

from __future__ import annotations

import errno
from pathlib import Path

from workbench.storage.safe_files import Unfit, read_regular

LIMIT_BYTES = 8_000_000
"""Ample for a template: CloudFormation accepts 1 MB. Source: CloudFormation user guide, "Understand CloudFormation quotas"."""


def read_bounded(path: Path, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Return a file's content, following links. Raises OSError, also for a pipe, a device or more than `limit_bytes`. Blocks."""
    try:
        return read_regular(path.resolve(), limit_bytes, own=False)
    except Unfit as unfit:
        if isinstance(unfit.__cause__, OSError):
            raise unfit.__cause__ from None
        raise OSError(errno.EINVAL, f"it {unfit}", str(path)) from unfit
    except RuntimeError as error:  # links in a circle
        raise OSError(errno.ELOOP, "its links lead in a circle", str(path)) from error
