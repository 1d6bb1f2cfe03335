"""Reading what a person brings: a link to a file is followed, anything that is no file is not waited for, nothing is endless."""

from __future__ import annotations

import errno
from pathlib import Path

from workbench.storage.safe_files import Unfit, read_regular

LIMIT_BYTES = 8_000_000
"""CloudFormation takes templates of 1 MB. Source: CloudFormation user guide, "Understand CloudFormation quotas"."""


def read_bounded(path: Path, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """The content of a file, by whichever name. Raises OSError, also for a pipe, a device or more than `limit_bytes`. Blocks."""
    try:
        return read_regular(path.resolve(), limit_bytes, own=False)
    except Unfit as unfit:
        if isinstance(unfit.__cause__, OSError):
            raise unfit.__cause__ from None
        raise OSError(errno.EINVAL, f"it {unfit}", str(path)) from unfit
    except RuntimeError as error:  # links in a circle
        raise OSError(errno.ELOOP, "its links lead in a circle", str(path)) from error
